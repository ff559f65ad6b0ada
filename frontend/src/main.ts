/* The staff interface: styles, htmx, small behaviours and the islands. */
import "@tabler/core/dist/css/tabler.min.css";
import "./styles/tokens.css";
import "./styles/shell.css";
import "./styles/components.css";
import "./styles/charts.css";
import "./styles/pages.css";
import "./styles/customers.css";
import "./styles/segments.css";
import "./styles/voice.css";
import "./styles/channels.css";
import "./styles/templates.css";
import "./styles/journeys.css";
import "./styles/print.css";

import htmx from "htmx.org";

import { installBehaviours } from "./behaviours";
import { mountIslands, unmountIslands } from "./islands/registry";

/* htmx extensions and the browser tests look it up on window; pages themselves never do. */
(window as unknown as { htmx: typeof htmx }).htmx = htmx;

installBehaviours();

document.addEventListener("htmx:load", (event) => mountIslands(event.target as HTMLElement));
document.addEventListener("htmx:beforeCleanupElement", (event) => unmountIslands(event.target as HTMLElement));

/* Modules run after the document is parsed, so the page itself is ready here. */
mountIslands(document.body);
