import { chromium } from "playwright-core";
const base = "http://localhost:4900";
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu"] });
const errors: string[] = [];
async function admin(name: string, width: number, scheme: "light"|"dark", lang: string, paths: [string,string][]) {
  const ctx = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, locale: lang });
  const page = await ctx.newPage();
  page.on("console", (m) => { if (m.type()==="error") errors.push(name+" "+m.text()); });
  page.on("pageerror", (e) => errors.push(name+" "+e.message));
  await page.goto(base + "/admin/");
  await page.waitForSelector("input[name=password]");
  await page.screenshot({ path: `/tmp/shots/${name}-login.png` });
  await page.fill("input[name=name]", "owner");
  await page.fill("input[name=password]", process.env.PW!);
  await page.click("button[type=submit]");
  await page.waitForSelector("nav");
  for (const [n, p] of paths) {
    const t = Date.now();
    await page.goto(base + "/admin/demo" + p);
    await page.waitForLoadState("networkidle").catch(()=>{});
    await page.waitForTimeout(800);
    await page.screenshot({ path: `/tmp/shots/${name}-${n}.png`, fullPage: true });
    console.log(name, n, Date.now()-t);
  }
  await ctx.close();
}
const which = process.argv[2];
const all: [string,string][] = [["items","/items"],["item","/items/"+(process.env.ITEM??"")],["shoppers","/shoppers"],["shopper","/shoppers/s0001185"],["recommend","/recommend?shopper=s0001185"],["predict","/predict"],["evaluate","/evaluate"],["models","/models"],["settings","/settings?part=users"],["overview","/overview"],["pipeline","/pipeline"]];
const pick = (process.argv[3] ?? "").split(",").filter(Boolean);
const paths = pick.length ? all.filter(([n]) => pick.includes(n)) : all;
if (which === "d") await admin("d", 1280, "light", "en-US", paths);
if (which === "p") await admin("p", 390, "dark", "zh-CN", paths);
console.log(errors.slice(0,20).join("\n"));
await browser.close();
