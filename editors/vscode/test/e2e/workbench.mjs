// A page object for the VS Code workbench in Chromium. Every wait is for a fact in the page; nothing sleeps for a fixed time.

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium } from 'playwright-core';

const chromiumFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage', '--lang=en-US',
];
const pollMs = 50;
/** A machine that does much else is slow; a fault costs this time once. */
const patienceMs = 120_000;
/** After which a gesture that had no effect is made once more. */
const tryMs = 15_000;

/** What a person reads: Monaco writes no-break spaces and dots for blanks, and invisible marks. */
export function readable(text) {
  return (text ?? '').replace(/[\u00a0\u00b7]/g, ' ').replace(/[\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g, '');
}

export class Workbench {
  /** Opens `folder`, or the .code-workspace file `workspace`, in the VS Code at `url`; pictures go to `shots`. */
  static async open({ url, folder, workspace, shots }) {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: chromiumFlags,
      timeout: patienceMs,
      env: { ...process.env, FONTCONFIG_FILE: path.join(import.meta.dirname, 'fonts.conf') },
    });
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US' });
    context.setDefaultTimeout(patienceMs);
    const page = await context.newPage();
    const workbench = new Workbench();
    Object.assign(workbench, { browser, page, shots, steps: [], pageErrors: [] });
    page.on('pageerror', error => {
      if (!/^ResizeObserver loop/.test(error.message)) { // a browser that puts a layout off to its next frame says so; no fault
        workbench.pageErrors.push(error.message);
      }
    });
    await page.goto(`${url}/?${folder ? `folder=${encodeURI(folder)}` : `workspace=${encodeURI(workspace)}`}`);
    await page.locator('.monaco-workbench').waitFor();
    await page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
    return workbench;
  }

  /**
   * Until the extension is there. VS Code looks for files that wake it, and gives up after seven seconds, which a busy machine may take for
   * that while it opens a window. Then `file` is opened, which wakes it too.
   */
  async wake(file) {
    const view = this.page.locator('.pane-header').filter({ hasText: 'MECA Tasks' });
    await view.waitFor({ timeout: tryMs }).catch(async () => {
      await this.openFile(file);
      await view.waitFor();
    });
  }

  /** Leaves the page first, so that its extension host and language server end with it. */
  async close() {
    await this.page.goto('about:blank').catch(() => {});
    await this.browser.close();
  }

  /** Runs a named step and takes its picture, whether it succeeds or not. */
  async step(name, action) {
    const started = Date.now();
    let failure;
    try {
      await action();
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      const ms = Date.now() - started;
      this.steps.push({ name, passed: !failure, ms });
      await this.picture(`${String(this.steps.length).padStart(2, '0')}-${name}`);
      console.log(`${failure ? 'FAIL' : 'ok  '} ${String(ms).padStart(6)} ms  ${name}${failure ? `: ${failure.message.split('\n')[0]}` : ''}`);
    }
  }

  async picture(name) {
    await this.settled();
    await this.page.screenshot({ path: path.join(this.shots, `${name.replace(/[^a-z0-9]+/gi, '-').toLowerCase()}.png`), timeout: tryMs }).catch(() => {});
  }

  /** A part of the page as a picture of its own: `make screenshots` puts it into the walkthrough. */
  async detail(name, clip) {
    await this.settled();
    const file = path.join(this.shots, `detail-${name}.png`);
    await this.until(`the picture ${name}`, async () => await this.page.screenshot({ path: file, clip, timeout: tryMs }));
  }

  /** Until fades and slides are over, so that no picture shows a toast half transparent. */
  async settled() {
    await this.page.waitForFunction(() => document.getAnimations()
      .every(animation => animation.playState === 'finished' || animation.effect?.getComputedTiming().endTime === Infinity), undefined, { timeout: 5000 })
      .catch(() => {});
  }

  /** Until `fact()` is truthy; gives its value. An error's text holds what was last seen. It works also when the window is closed. */
  async until(what, fact, ms = patienceMs) {
    const end = Date.now() + ms;
    let last;
    do {
      try {
        last = await fact();
        if (last) {
          return last;
        }
      } catch (error) {
        last = error.message;
      }
      await sleep(pollMs);
    } while (Date.now() < end);
    throw new Error(`waited in vain for ${what}; last seen: ${JSON.stringify(last)}`);
  }

  /** Runs a command by the palette; Enter is pressed only when the first row is the wanted one. */
  async command(title) {
    const { page } = this;
    const box = page.locator('.quick-input-widget input');
    const row = page.locator('.quick-input-list .monaco-list-row').first();
    await this.until(`"${title}" in the palette`, async () => {
      if (!await box.isVisible()) {
        await page.keyboard.press('F1');
      }
      await box.fill(`>${title}`, { timeout: tryMs });
      try {
        const seen = await this.until('the first row', async () => !await box.isVisible() ? 'closed'
          : readable(await row.getAttribute('aria-label', { timeout: 2000 })).startsWith(title) && 'there', tryMs);
        return seen === 'there';
      } catch (error) {
        await box.fill('>', { timeout: tryMs }); // rows are made when the text changes, and not when a command becomes possible
        throw error;
      }
    });
    await page.keyboard.press('Enter');
    await this.until('the palette to close', async () => !await box.isVisible() || !(await box.inputValue()).startsWith('>'));
  }

  /**
   * Opens a file of the workspace by its path below it. A row's label is "NAME FOLDER", where FOLDER begins with the root's name if there
   * are several roots; the editor is known by its own URI, and has the focus: without it, VS Code asks for no lenses.
   */
  async openFile(relative, folder = path.dirname(relative)) {
    const { page } = this;
    const box = page.locator('.quick-input-widget input');
    const label = folder === '.' ? path.basename(relative) : `${path.basename(relative)} ${folder}`;
    const row = page.locator(`.quick-input-list .monaco-list-row[aria-label^="${label}"]`).first();
    const lines = page.locator(`.editor-instance .monaco-editor.focused[data-uri$="/${relative}"] .view-line`);
    await this.until(`${relative} in an editor with the focus`, async () => {
      if (await box.isVisible()) {
        await page.keyboard.press('Escape');
        await box.waitFor({ state: 'hidden', timeout: tryMs });
      }
      await page.keyboard.press('Control+P');
      await box.fill(relative, { timeout: tryMs });
      await row.click({ timeout: tryMs });
      await lines.first().waitFor({ timeout: tryMs });
      return true;
    });
  }

  async save() {
    await this.page.keyboard.press('Control+S');
  }

  /** The rendered lines of an editor, a side of a diff or an output channel, from top to bottom. */
  async text(scope = this.page.locator('.editor-instance .monaco-editor[data-uri]').first()) {
    const lines = await scope.locator('.view-line').evaluateAll(elements => elements
      .map(element => [parseFloat(element.style.top), element.textContent])
      .sort((a, b) => a[0] - b[0])
      .map(([, text]) => text));
    return readable(lines.join('\n'));
  }

  /** Puts the cursor to a line and column, counted from 1. */
  async goTo(line, column) {
    const box = this.page.locator('.quick-input-widget input');
    await this.page.keyboard.press('Control+G');
    await box.waitFor();
    await box.fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  squiggles(severity) {
    return this.page.locator(`.editor-instance .squiggly-${severity}`);
  }

  /** Until a squiggle of that severity stands under exactly these characters of the editor's text. */
  async squiggleUnder(severity, characters) {
    await this.until(`a squiggle (${severity}) under ${characters}`, async () => {
      const wanted = await this.charactersBox(characters);
      const boxes = await this.squiggles(severity).evaluateAll(elements => elements.map(element => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return { left, right, top, bottom };
      }));
      return wanted && boxes.some(box => Math.abs(box.left - wanted.left) < 2 && Math.abs(box.right - wanted.right) < 2
        && box.top < wanted.bottom && box.bottom > wanted.top);
    });
  }

  async charactersBox(characters) {
    return await this.page.locator('.editor-instance .view-lines').first().evaluate((lines, wanted) => {
      for (const line of lines.querySelectorAll('.view-line')) {
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        const nodes = [];
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          nodes.push(node);
        }
        const text = nodes.map(node => node.data).join('').replace(/[\u00a0\u00b7]/g, ' ');
        const from = text.indexOf(wanted);
        if (from < 0) {
          continue;
        }
        const at = offset => {
          for (const node of nodes) {
            if (offset <= node.data.length) {
              return [node, offset];
            }
            offset -= node.data.length;
          }
        };
        const range = document.createRange();
        range.setStart(...at(from));
        range.setEnd(...at(from + wanted.length));
        const { left, right, top, bottom } = range.getBoundingClientRect();
        return { left, right, top, bottom };
      }
    }, characters);
  }

  /** Until the hover at a place says `text`, by keyboard: a mouse hover is lost whenever a lens moves the lines under it. */
  async hoverAt(line, column, text) {
    await this.goTo(line, column);
    const hover = this.page.locator('.monaco-resizable-hover:visible, .monaco-hover:not(.hidden):visible').filter({ hasText: text }).first();
    await this.until('a hover', async () => {
      await this.page.keyboard.press('Control+K');
      await this.page.keyboard.press('Control+I');
      await hover.waitFor({ timeout: 5000 });
      return true;
    });
  }

  /** Opens the quick fixes at the cursor and waits until `title` is among them: findings may come a moment later. */
  async openQuickFixes(title) {
    const menu = this.quickFixMenu();
    const none = this.page.locator('.monaco-editor-overlaymessage:visible');
    await this.until(`the quick fix "${title}"`, async () => {
      if (!await menu.isVisible()) {
        await this.page.keyboard.press('Control+.');
        // One of the two comes. The keys are not pressed again before: in a menu that is open, they take the entry in focus.
        await menu.or(none).first().waitFor({ timeout: tryMs });
      }
      if (await menu.locator('.monaco-list-row').filter({ hasText: title }).first().isVisible()) {
        return true;
      }
      await this.page.keyboard.press('Escape');
      await menu.waitFor({ state: 'hidden', timeout: tryMs });
      await none.waitFor({ state: 'hidden', timeout: tryMs });
    });
  }

  /** Applies an entry of the open menu, by keyboard. */
  async applyQuickFix(title) {
    const menu = this.quickFixMenu();
    await this.until(`"${title}" in focus`, async () => {
      if (readable(await menu.locator('.monaco-list-row.focused').innerText()).includes(title)) {
        return true;
      }
      await this.page.keyboard.press('ArrowDown');
    });
    await this.page.keyboard.press('Enter');
    await menu.waitFor({ state: 'hidden' });
  }

  quickFixMenu() {
    return this.page.locator('.action-widget:not(.action-list-submenu-panel)');
  }

  lens(title) {
    return this.page.locator('.codelens-decoration a').filter({ hasText: title }).first();
  }

  /** The rows of the Problems view, as text. */
  async problems() {
    await this.command('Problems: Focus on Problems View');
    return async () => (await this.page.locator('.markers-panel .monaco-list-row').allInnerTexts()).map(text => readable(text).replace(/\s+/g, ' '));
  }

  /** Opens a view of the explorer's side bar, where it is folded. */
  async openView(view) {
    const header = this.page.locator('.pane-header').filter({ hasText: view });
    await this.command('View: Show Explorer');
    await this.until(`${view} unfolded`, async () => await header.getAttribute('aria-expanded') === 'true' || await header.click({ timeout: tryMs }));
  }

  /** A row of a view in the side bar, by the view's title and the row's own text. */
  treeRow(view, name) {
    return this.page.locator('.pane').filter({ has: this.page.locator('.pane-header').filter({ hasText: view }) })
      .locator('.monaco-list-row').filter({ hasText: name }).first();
  }

  /** A row of the Testing view. Behind its name, a row has the task's own name, which may be another row's. */
  test(name) {
    return this.page.locator('.test-explorer .monaco-list-row').filter({ hasText: new RegExp(`^\\s*${name}`) }).first();
  }

  /** Clicks a button of a row that is there only under the pointer, which loses the row when something comes above it. */
  async clickRowButton(row, selector) {
    await this.until(`a click on ${selector}`, async () => {
      await row.hover({ timeout: 2000 });
      await row.locator(selector).click({ timeout: 2000 });
      return true;
    });
  }

  toast(text) {
    return this.page.locator('.notifications-toasts .notification-list-item').filter({ hasText: text });
  }

  /**
   * Waits for a toast that something will be done with, and puts the pointer upon it. VS Code takes away one that is not pointed at: after
   * ten seconds, or twelve where it warns, buttons or not.
   */
  async heldToast(text, ms = patienceMs) {
    const toast = this.toast(text).first();
    await toast.waitFor({ timeout: ms });
    await toast.hover();
    return toast;
  }

  async clickToastButton(text, button) {
    await this.toast(text).locator('.monaco-button').filter({ hasText: button }).click();
  }

  async closeToasts() {
    await this.until('no toast', async () => {
      await this.command('Notifications: Clear All Notifications');
      await this.toast('').first().waitFor({ state: 'detached', timeout: tryMs });
      return true;
    });
  }

  async output() {
    return await this.text(this.page.locator('[id="workbench.panel.output"]'));
  }

  /** Follows a link in an editor's text, with Control and the mouse, until `there()`. A link is one only under the pointer. */
  async followLink(link, there) {
    const { mouse, keyboard } = this.page;
    await link.waitFor();
    await keyboard.down('Control');
    try {
      await this.until('the link to lead there', async () => {
        if (await there()) {
          return true;
        }
        const box = await link.boundingBox({ timeout: 1000 });
        await mouse.move(box.x + 5, box.y + box.height / 2);
        await mouse.move(box.x + 20, box.y + box.height / 2);
        await mouse.click(box.x + 20, box.y + box.height / 2);
        return false;
      });
    } finally {
      await keyboard.up('Control');
    }
  }

  /** What a status bar item says: its text and its tooltip. */
  async status(id) {
    return readable(await this.page.locator(`.statusbar-item[id$="${id}"]`).getAttribute('aria-label'));
  }

  /** Both sides of the diff editor. */
  async difference() {
    const editor = this.page.locator('.monaco-diff-editor').first();
    await editor.waitFor();
    return { left: await this.text(editor.locator('.editor.original')), right: await this.text(editor.locator('.editor.modified')) };
  }
}
