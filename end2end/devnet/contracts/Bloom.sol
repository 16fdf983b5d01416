// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.17;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// Draws a flower at night as SVG: a sky, stars, three rings of petals and a glowing heart, all from one seed.
library Bloom {
    using Strings for uint256;

    uint256 private constant STARS = 26;

    /// Petals of the outer ring, 7 to 16.
    function petals(uint256 seed) internal pure returns (uint256) {
        return 7 + (seed % 10);
    }

    /// The leading colour in degrees.
    function hue(uint256 seed) internal pure returns (uint256) {
        return (seed >> 8) % 360;
    }

    /// The picture, 600 by 600.
    function draw(uint256 seed, uint256 id) internal pure returns (bytes memory) {
        uint256 first = hue(seed);
        uint256 second = (first + 40 + ((seed >> 24) % 100)) % 360;
        return
            abi.encodePacked(
                '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600" role="img" aria-label="Night Bloom ',
                id.toString(),
                '">',
                _paints(seed, first, second),
                '<rect width="600" height="600" fill="url(#sky)"/>',
                _stars(seed),
                '<circle cx="300" cy="300" r="290" fill="url(#glow)"/>',
                _flower(seed),
                _caption(id),
                "</svg>"
            );
    }

    function _paints(uint256 seed, uint256 first, uint256 second) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                "<defs>",
                _sky(205 + ((seed >> 80) % 80)),
                _glow(first, second),
                _petalPaint("a", first, second),
                _petalPaint("b", second, (second + 50) % 360),
                _petalPaint("c", (first + 180) % 360, first),
                _heart(38 + ((seed >> 88) % 16)),
                "</defs>"
            );
    }

    function _sky(uint256 night) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                '<linearGradient id="sky" x1="0" y1="0" x2=".4" y2="1">',
                _stop(0, night, 60, 7, 100),
                _stop(100, night + 25, 55, 24, 100),
                "</linearGradient>"
            );
    }

    function _glow(uint256 first, uint256 second) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                '<radialGradient id="glow">',
                _stop(0, first, 90, 62, 65),
                _stop(55, second, 80, 50, 22),
                _stop(100, second, 80, 40, 0),
                "</radialGradient>"
            );
    }

    function _heart(uint256 gold) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                '<radialGradient id="heart">',
                _stop(0, gold + 8, 100, 96, 100),
                _stop(45, gold, 100, 78, 100),
                _stop(75, gold - 8, 95, 62, 85),
                _stop(100, gold - 16, 95, 55, 0),
                "</radialGradient>"
            );
    }

    function _petalPaint(string memory id, uint256 tip, uint256 root) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                '<linearGradient id="',
                id,
                '" x1="0" y1="0" x2="0" y2="1">',
                _stop(0, tip, 92, 74, 95),
                _stop(60, root, 85, 56, 80),
                _stop(100, root, 85, 38, 55),
                "</linearGradient>"
            );
    }

    function _stop(
        uint256 at,
        uint256 degrees_,
        uint256 saturation,
        uint256 lightness,
        uint256 opacity
    ) private pure returns (bytes memory) {
        bytes memory colour = abi.encodePacked(
            degrees_.toString(),
            ",",
            saturation.toString(),
            "%,",
            lightness.toString(),
            "%"
        );
        bytes memory stop = abi.encodePacked('<stop offset="', at.toString(), '%" stop-color="hsl(', colour, ')"');
        return abi.encodePacked(stop, ' stop-opacity="', opacity.toString(), '%"/>');
    }

    function _stars(uint256 seed) private pure returns (bytes memory stars) {
        for (uint256 i; i < STARS; ++i) {
            stars = abi.encodePacked(stars, _star(uint256(keccak256(abi.encodePacked(seed, i)))));
        }
    }

    function _star(uint256 random) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                '<circle cx="',
                (random % 600).toString(),
                '" cy="',
                ((random >> 16) % 600).toString(),
                '" r="1.',
                ((random >> 40) % 10).toString(),
                '" fill="#fff" opacity=".',
                (2 + ((random >> 48) % 7)).toString(),
                '"/>'
            );
    }

    function _flower(uint256 seed) private pure returns (bytes memory) {
        uint256 outer = petals(seed);
        uint256 width = 330 / outer + 22 + ((seed >> 40) % 18);
        return
            abi.encodePacked(
                '<g transform="translate(300 292) rotate(',
                ((seed >> 48) % 360).toString(),
                ')">',
                _ring("a", outer, 232, width, 0),
                _ring("b", outer, 172, (width * 4) / 5, 180 / outer),
                _ring("c", outer / 2 + 2, 112, (width * 2) / 3, (seed >> 64) % 40),
                _seeds(12 + ((seed >> 72) % 9)),
                '<circle r="46" fill="url(#heart)"/></g>'
            );
    }

    /// Petals around the middle, one drawn and the others turned copies of it.
    function _ring(
        string memory paint,
        uint256 count,
        uint256 length,
        uint256 width,
        uint256 turn
    ) private pure returns (bytes memory ring) {
        ring = abi.encodePacked(
            '<g style="mix-blend-mode:screen" transform="rotate(',
            turn.toString(),
            ')"><path id="p',
            paint,
            '" d="',
            _drop(length, width),
            '" fill="url(#',
            paint,
            ')" stroke="#fff" stroke-opacity=".28"/>'
        );
        for (uint256 i = 1; i < count; ++i) {
            ring = abi.encodePacked(ring, '<use href="#p', paint, '" transform="rotate(', _part(i, count), ')"/>');
        }
        ring = abi.encodePacked(ring, "</g>");
    }

    /// The outline of a petal from the origin up to `length`.
    function _drop(uint256 length, uint256 width) private pure returns (bytes memory) {
        bytes memory side = abi.encodePacked(width.toString(), " -", ((length * 3) / 5).toString());
        bytes memory root = abi.encodePacked(width.toString(), " -", (length / 4).toString());
        bytes memory up = abi.encodePacked("M0 0C", root, " ", side, " 0 -", length.toString());
        return abi.encodePacked(up, "C-", side, " -", root, " 0 0Z");
    }

    /// The angle of part `i` of `count`, in degrees with one decimal.
    function _part(uint256 i, uint256 count) private pure returns (bytes memory) {
        uint256 tenths = (i * 3600) / count;
        return abi.encodePacked((tenths / 10).toString(), ".", (tenths % 10).toString());
    }

    /// A circle of dots around the heart.
    function _seeds(uint256 count) private pure returns (bytes memory dots) {
        for (uint256 i; i < count; ++i) {
            dots = abi.encodePacked(
                dots,
                '<circle cy="-52" r="3.2" fill="#fff8e1" opacity=".9" transform="rotate(',
                _part(i, count),
                ')"/>'
            );
        }
    }

    function _caption(uint256 id) private pure returns (bytes memory) {
        return
            abi.encodePacked(
                '<text x="34" y="566" fill="#fff" opacity=".92" font-family="ui-sans-serif,system-ui,sans-serif" ',
                'font-size="26" font-weight="600">Night Bloom</text>',
                '<text x="566" y="566" fill="#fff" opacity=".75" text-anchor="end" ',
                'font-family="ui-monospace,monospace" font-size="24">#',
                id.toString(),
                "</text>"
            );
    }
}
