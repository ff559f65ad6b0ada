/* What a page says about the product it shows, as shops write it for search engines. */

import type { Facts } from "./circumstances";

type Node = Record<string, unknown>;

function nodes(): Node[] {
  const found: Node[] = [];
  document.querySelectorAll('script[type="application/ld+json"]').forEach((script) => {
    try {
      const said = JSON.parse(script.textContent || "") as Node | Node[];
      for (const node of Array.isArray(said) ? said : [said]) found.push(node, ...((node["@graph"] as Node[]) || []));
    } catch {
      /* Somebody's broken markup is not ours to mend. */
    }
  });
  return found;
}

const text = (value: unknown): string | undefined =>
  value === undefined || value === null
    ? undefined
    : String(typeof value === "object" ? (value as Node).name : value).slice(0, 300);

/** The product of this page in the words of the Ecommerce Spec, if it describes one. */
export function productOfPage(): Facts | undefined {
  const product = nodes().find((node) => [node["@type"]].flat().includes("Product"));
  if (!product) return undefined;
  const offer = ([product.offers].flat()[0] || {}) as Node;
  const price = Number(offer.price ?? offer.lowPrice);
  return {
    product_id: text(product.productID ?? product.sku ?? product.mpn ?? product["@id"]),
    sku: text(product.sku),
    name: text(product.name),
    brand: text(product.brand),
    category: text(product.category),
    price: isNaN(price) ? undefined : price,
    currency: text(offer.priceCurrency),
    url: location.href.split(/[?#]/)[0],
  };
}
