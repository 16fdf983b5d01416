import type { Locator } from "@playwright/test";

/** The least contrast of the texts of some elements with what is painted behind them (WCAG 2.1). */
export async function contrast(elements: Locator): Promise<number> {
  return elements.evaluateAll((all) => {
    const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (colour: string) => {
      const [red = 0, green = 0, blue = 0] = channels(colour).map((channel) => {
        const share = channel / 255;
        return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = (element: Element | null): string => {
      if (element === null) throw new Error("nothing is painted behind the text");
      const colour = getComputedStyle(element).backgroundColor;
      return channels(colour)[3] === 0 ? ground(element.parentElement) : colour;
    };
    const ratios = all.map((element) => {
      const [dark = 0, light = 0] = [getComputedStyle(element).color, ground(element)]
        .map(luminance)
        .toSorted((one, other) => one - other);
      return (light + 0.05) / (dark + 0.05);
    });
    return Math.min(...ratios);
  });
}
