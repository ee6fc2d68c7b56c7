// What a user does by keyboard only. The focus moves by Tab: a part that Tab does not reach fails the test.

import assert from "node:assert/strict";

/** More than the stops of any page of the tests. */
const MAX_STOPS = 200;

export async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

const hasFocus = (target) => target.evaluate((element) => element === document.activeElement);

/** Presses Tab (or `key`) until an element has the focus. */
export async function tabTo(page, target, key = "Tab") {
  await target.waitFor();
  for (let stops = 0; stops < MAX_STOPS; stops += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${key} does not reach ${target}`);
}

/** Moves to a button, a link or a checkbox and presses it. */
export async function pressOn(page, target, key = "Enter") {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

/** Moves to a field and replaces its text. */
export async function typeInto(page, field, text) {
  await tabTo(page, field);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(text);
}

/** Moves to a field of a date, or of a date and a time, and types its parts. Chromium moves from part to part. */
export async function typeDate(page, field, parts) {
  await tabTo(page, field);
  await page.keyboard.type(parts);
}

/** Opens a menu by its button and presses an item. */
export async function pressItem(page, button, item) {
  await pressOn(page, page.getByRole("button", { name: button }));
  await page.locator("[role=menu]:focus, [role=menu] :focus").waitFor();
  await tabTo(page, page.getByRole("menuitem", { name: item }).or(page.getByRole("menuitemradio", { name: item })), "ArrowDown");
  await page.keyboard.press("Enter");
}

/** Chooses an option of a list by its first letters. */
export async function choose(page, field, letters) {
  await tabTo(page, field);
  await page.keyboard.type(letters);
}

/** Moves to a button of a notice and presses it. */
export const pressNotice = (page, name) =>
  pressOn(page, page.getByRole("region", { name: /Notifications/ }).getByRole("button", { name }).first());
