"""Programs as customers write them, one per SDK: they take the address and the key, send, and wait until all is out.

Those for browsers find both as ``HOST`` and ``KEY`` and the SDK under the address ``SDK``; the page stays open.
"""

SEGMENT_PYTHON = """
import sys
from segment.analytics import Client
client = Client(sys.argv[2], host=sys.argv[1], max_retries=6, upload_interval=0.2, on_error=lambda error, items: print(error))
client.identify("u-1", {"email": "li@example.com", "plan": "gold"})
for n in range(25):
    client.track("u-1", "Product Viewed", {"product_id": f"p{n}", "price": 19.5, "currency": "CNY"})
client.page("u-1", "Docs", "Python", {"url": "https://shop.example/docs"})
client.flush()
client.join()
"""
RUDDER_PYTHON = """
import sys
import rudderstack.analytics as rudder
rudder.dataPlaneUrl, rudder.write_key, rudder.max_retries = sys.argv[1], sys.argv[2], 6
rudder.identify("u-1", {"email": "li@example.com", "plan": "gold"})
for n in range(25):
    rudder.track("u-1", "Product Viewed", {"product_id": f"p{n}", "price": 19.5, "currency": "CNY"})
rudder.page("u-1", "Docs", "Python", {"url": "https://shop.example/docs"})
rudder.flush()
rudder.shutdown()
"""
SEGMENT_NODE = """
import { Analytics } from "@segment/analytics-node";
const [host, writeKey] = process.argv.slice(-2);
const analytics = new Analytics({ host, writeKey, maxRetries: 8, flushInterval: 200 });
analytics.on("error", (error) => console.error(error));
analytics.identify({ userId: "u-1", traits: { email: "li@example.com", plan: "gold" } });
for (let n = 0; n < 25; n++)
  analytics.track({ userId: "u-1", event: "Product Viewed", properties: { product_id: `p${n}`, price: 19.5, currency: "CNY" } });
analytics.page({ userId: "u-1", name: "Docs", properties: { url: "https://shop.example/docs" } });
await analytics.closeAndFlush({ timeout: 60000 });
"""
RUDDER_NODE = """
import RudderAnalytics from "@rudderstack/rudder-sdk-node";
const [dataPlaneUrl, key] = process.argv.slice(-2);
const client = new RudderAnalytics(key, { dataPlaneUrl, flushAt: 10, flushInterval: 200 });
client.identify({ userId: "u-1", traits: { email: "li@example.com", plan: "gold" } });
for (let n = 0; n < 25; n++)
  client.track({ userId: "u-1", event: "Product Viewed", properties: { product_id: `p${n}`, price: 19.5, currency: "CNY" } });
client.page({ userId: "u-1", name: "Docs", properties: { url: "https://shop.example/docs" } });
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
for (let n = 0; n < 16; n++) { try { await client.flush(); } catch {} await wait(500); }
process.exit(0);
"""
SEGMENT_BROWSER = """
<script src="SDK"></script>
<script>
const analytics = AnalyticsNext.AnalyticsBrowser.load({ writeKey: "KEY", cdnURL: "HOST" });
analytics.page("Docs", "Browser");
analytics.identify("u-1", { email: "li@example.com", plan: "gold" });
for (let n = 0; n < 5; n++)
  analytics.track("Product Viewed", { product_id: `p${n}`, price: 19.5, currency: "CNY" });
</script>
"""
RUDDER_BROWSER = """
<script src="SDK"></script>
<script>
const analytics = new rudderanalytics.RudderAnalytics();
analytics.load("KEY", "HOST", { configUrl: "HOST" });
analytics.page("Docs", "Browser");
analytics.identify("u-1", { email: "li@example.com", plan: "gold" });
for (let n = 0; n < 5; n++)
  analytics.track("Product Viewed", { product_id: `p${n}`, price: 19.5, currency: "CNY" });
</script>
"""
# Where the packages keep what pages load.
BUNDLES = {
    "SEGMENT_BROWSER": "@segment/analytics-next/dist/umd",
    "RUDDER_BROWSER": "@rudderstack/analytics-js/dist/npm/modern/bundled/umd",
}
