import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Plugin } from "vite";

const iconFolder = join("node_modules", "@tabler", "icons", "icons");

/** Names listed one per line; `filled/star` picks the filled drawing; `#` starts a comment. */
function iconNames(list: string): string[] {
  return readFileSync(list, "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean);
}

function symbol(name: string): string {
  const path = name.startsWith("filled/") ? `${name}.svg` : `outline/${name}.svg`;
  const drawing = readFileSync(join(iconFolder, path), "utf8");
  const body = drawing
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/^[\s\S]*?<svg[^>]*>/, "")
    .replace(/<\/svg>\s*$/, "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "")
    .replace(/\s+/g, " ")
    .trim();
  return `<symbol id="${name.replace("/", "-")}" viewBox="0 0 24 24">${body}</symbol>`;
}

/** The brand's mark, drawn by us, joins the sprite so that it takes the page's colour. */
function brandSymbol(mark: string): string {
  const body = mark.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  return `<symbol id="brand-mark" viewBox="0 0 32 32">${body.trim()}</symbol>`;
}

/**
 * Puts the drawings named in `list` and the brand's `mark` into one sprite, entered in the manifest as `icons.svg`;
 * the mark also stands alone as `mark.svg`, the page's icon.
 */
export function iconSprite(list: string, mark: string): Plugin {
  let sprite = "";
  let favicon = "";
  return {
    name: "icon-sprite",
    apply: "build",
    buildStart() {
      const drawing = readFileSync(mark, "utf8");
      const symbols = [...iconNames(list).map(symbol), brandSymbol(drawing)].join("\n");
      favicon = this.emitFile({ type: "asset", name: "mark.svg", source: drawing });
      sprite = this.emitFile({
        type: "asset",
        name: "icons.svg",
        source: `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols}\n</svg>\n`,
      });
    },
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const manifest = bundle["manifest.json"];
        if (manifest?.type !== "asset") return;
        const entries = JSON.parse(String(manifest.source)) as Record<string, unknown>;
        entries["icons.svg"] = { file: this.getFileName(sprite) };
        entries["mark.svg"] = { file: this.getFileName(favicon) };
        manifest.source = JSON.stringify(entries, null, 2);
      },
    },
  };
}
