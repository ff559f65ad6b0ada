import { defineConfig } from "vite";

import { iconSprite } from "./vite/icon-sprite.ts";

/* Relative base: the files work under whatever STATIC_URL the server uses. */
export default defineConfig({
  base: "./",
  publicDir: false,
  plugins: [iconSprite("icons.txt", "brand/mark.svg")],
  build: {
    outDir: "../shuke/static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 900,
    rollupOptions: {
      input: { main: "src/main.ts", theme: "src/theme.ts" },
      /* htmx holds an eval that `allowEval: false` never reaches and the content security policy forbids. */
      checks: { eval: false },
    },
  },
});
