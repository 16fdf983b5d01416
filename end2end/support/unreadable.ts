import type { Page, Route } from "@playwright/test";

import type { Trouble } from "./trial.ts";

/** A service that does what it is asked, but whose answers to a method lack the CORS headers that let a page read them. */
export function unreadable(page: Page, method: string): Trouble {
  const SERVICES = "**/t/*/**";
  const answer = async (route: Route) => {
    if (!route.request().postData()?.includes(`"${method}"`)) return route.fallback();
    const response = await route.fetch();
    await route.fulfill({ response, headers: { "access-control-allow-origin": "https://another.example" } });
  };
  return async () => {
    await page.route(SERVICES, answer);
    return () => page.unroute(SERVICES, answer);
  };
}
