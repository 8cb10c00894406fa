// People who use the keyboard alone, and how a page looks wherever it is looked at.
import { reflow } from "./checks.mjs";

// Moves with Tab until the control has the focus, then uses the keys that people use on it.
export function keyboard(page) {
  const reach = async (target) => {
    await target.waitFor();
    for (let i = 0; i < 250; i += 1) {
      if (await target.evaluate((e) => e === document.activeElement)) return;
      await page.keyboard.press("Tab");
    }
    throw new Error("the keyboard does not reach the control");
  };
  return {
    async type(target, text) { await reach(target); await page.keyboard.press("ControlOrMeta+a"); await page.keyboard.insertText(text); },
    async down(target) { await reach(target); await page.keyboard.press("ArrowDown"); },
    async tick(target) { await reach(target); if (!(await target.isChecked())) await page.keyboard.press("Space"); },
    // A group of radio buttons has one stop; the arrows choose within it.
    async choose(target) {
      const group = page.locator(`input[type=radio][name="${await target.getAttribute("name")}"]`);
      const count = await group.count();
      for (let i = 0; i < 250; i += 1) {
        if (await group.evaluateAll((all) => all.includes(document.activeElement))) break;
        await page.keyboard.press("Tab");
      }
      for (let i = 0; i <= count; i += 1) {
        await page.keyboard.press("Space");
        if (await target.isChecked()) return;
        await page.keyboard.press("ArrowDown");
      }
      throw new Error("the keyboard does not choose the button");
    },
    async press(target) { await reach(target); await Promise.all([page.waitForLoadState(), page.keyboard.press("Enter")]); await page.waitForLoadState("load"); await page.waitForTimeout(50); },
  };
}

// Wide, dark and narrow, and no sideways scroll.
export async function look(t, page, label) {
  await t.shot(page, `${label}-1280`);
  await page.emulateMedia({ colorScheme: "dark" });
  await t.shot(page, `${label}-dark`);
  await page.emulateMedia({ colorScheme: "light" });
  const back = await reflow(page, t.report, label);
  await t.shot(page, `${label}-320`);
  await back();
}
