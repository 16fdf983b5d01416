// Earlier versions had the pages of the hooks in a page of their own. Links to them lead on.
location.replace("./" + (location.hash || "#/hooks"))
