// The way in: a new task folder, the status menu, the walkthrough; and config.json with VS Code's own support of JSON beside the server's.
//   start-job.mjs URL TEMPORARY_DIR SHOTS_DIR

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runJob } from './job.mjs';
import { readable } from './workbench.mjs';

const runTimeoutMs = 120_000;

await runJob(async (code, { workspace }) => {
  const { page } = code;
  const onDisk = file => fs.readFileSync(path.join(workspace, file), 'utf8');
  const box = page.locator('.quick-input-widget input');
  const rowsOfMenu = async () => (await page.locator('.quick-input-list .monaco-list-row').allInnerTexts()).join('\n');

  await code.step('no task yet', async () => {
    await code.openView('MECA Tasks');
    await page.locator('.welcome-view-content').filter({ hasText: 'There is no task folder here yet' }).waitFor();
  });

  await code.step('templates', async () => {
    await page.locator('.welcome-view-content .monaco-button').filter({ hasText: 'New Task Folder' }).click();
    await code.until('the templates', async () => /Flask[^]*Node\.js[^]*Go/.test(await rowsOfMenu()));
    await code.detail('new', { x: 340, y: 0, width: 602, height: 240 });
  });
  await code.step('name that is taken', async () => {
    await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Python without packages' }).click();
    await code.until('the second step', async () => (await page.locator('.quick-input-widget').innerText()).includes('(2/2)'));
    await box.fill('Taken');
    await page.locator('.quick-input-message').filter({ hasText: 'There is already a taken here' }).waitFor();
  });
  await code.step('new task folder', async () => {
    await box.fill('Word counter');
    await page.locator('.quick-input-message').filter({ hasText: 'There is already' }).waitFor({ state: 'hidden' });
    await page.keyboard.press('Enter');
    await page.locator('.editor-instance .monaco-editor[data-uri$="/word-counter/config.json"] .view-line').first().waitFor();
    assert.equal(onDisk('word-counter/name.txt'), 'Word counter\n');
    await code.treeRow('MECA Tasks', 'word-counter').waitFor();
    // Its files come one after another: what is said meanwhile goes again.
    await code.until('a clean file', async () => await code.squiggles('error').count() + await code.squiggles('warning').count() === 0);
  });

  const hasPython = (() => {
    try {
      execFileSync('docker', ['image', 'inspect', 'python:3.9-slim'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();
  if (hasPython) {
    await code.step('new task runs', async () => {
      await code.openFile('word-counter/config.json');
      await code.lens('Run example').click();
      await code.toast('Example passed in').waitFor({ timeout: runTimeoutMs });
      await code.closeToasts();
    });
  }

  await code.step('status menu', async () => {
    await page.locator('.statusbar-item[id$="meca.status"]').click();
    await code.until('server and engine', async () => /Language server ready[^]*(Docker|Podman) Engine/.test(await rowsOfMenu()));
  });
  await page.keyboard.press('Escape');

  // Each fault once: VS Code's JSON support says the same as the server.
  const problems = async () => {
    const rows = await code.problems();
    return async () => (await rows()).filter(row => /\[Ln/.test(row));
  };
  const replaceText = async text => {
    if (await page.locator('.tab.active.dirty').count() > 0) {
      await code.save();
      await page.locator('.tab.active:not(.dirty)').waitFor();
    }
    fs.writeFileSync(path.join(workspace, 'word-counter/config.json'), text);
    // What stands beside a limit is a hint, and no text of the file.
    await code.until('the new text', async () => (await code.text()).replace(/peak [\d.]+ MiB, (last run|out of date)/, '').trim() === text.trim());
  };
  /** Until the problems are as `wanted` and stay so: what two of them say comes at two times. */
  const problemsStay = async wanted => {
    const rows = await problems();
    let since;
    await code.until('problems that stay', async () => {
      const now = await rows();
      if (!wanted(now)) {
        since = undefined;
        assert.fail(now.join('\n'));
      }
      since ??= Date.now();
      return Date.now() - since > 2500;
    });
  };

  await code.step('duplicate key said once', async () => {
    await code.openFile('word-counter/config.json');
    await replaceText('{\n  "resource": {\n    "cpu": 1,\n    "cpu": 1,\n    "mem": 128,\n    "use_gpu": false,\n    "gpu_count": 0\n  }\n}\n');
    await problemsStay(rows => rows.filter(row => /Ln 4/.test(row)).length === 1 && !rows.some(row => row.includes('config-duplicate-key')));
  });
  await code.step('its fix is offered', async () => {
    await code.openFile('word-counter/config.json');
    await code.goTo(4, 6);
    await code.openQuickFixes('Remove');
  });
  await page.keyboard.press('Escape');
  await code.step('syntax fault said once', async () => {
    await code.openFile('word-counter/config.json');
    await replaceText('{\n  "resource": {\n    "cpu": 1,\n    "mem": 128,\n    "use_gpu": false\n    "gpu_count": 0\n  }\n}\n');
    await problemsStay(rows => rows.filter(row => !row.includes('placeholder-text')).length === 1);
  });
  await code.step('its fix mends it', async () => {
    await code.openFile('word-counter/config.json');
    await code.goTo(6, 6);
    await code.openQuickFixes('comma');
    await code.applyQuickFix('comma');
    await code.until('the comma', async () => (await code.text()).includes('"use_gpu": false,'));
    await code.squiggles('error').first().waitFor({ state: 'detached' });
  });

  await code.step('formatted without a question', async () => {
    await replaceText('{"resource": {"cpu": 1,    "mem": 128, "use_gpu": false, "gpu_count": 0}}');
    await code.command('Format Document');
    await code.until('the format', async () => /^ {4,}"resource": \{$|^ {2}"resource": \{$/m.test(await code.text()));
    assert.equal(await page.locator('.notifications-toasts .notification-list-item').filter({ hasText: 'format' }).count(), 0);
    await code.save();
  });
  await code.step('one outline', async () => {
    await code.openView('Outline');
    const rows = page.locator('.outline-tree .monaco-list-row');
    await code.until('the outline', async () => {
      const texts = (await rows.allInnerTexts()).map(text => text.trim());
      return texts.filter(text => text.startsWith('resource')).length === 1 || assert.fail(texts.join('\n'));
    });
  });

  await code.step('activation time', async () => {
    await code.command('Developer: Show Running Extensions');
    const row = page.locator('.runtime-extensions-editor .monaco-list-row').filter({ hasText: 'MECA Task Folders' }).first();
    // The slowest come first, and what is out of sight is not in the page.
    await page.locator('.runtime-extensions-editor .monaco-list-row').first().hover();
    let turns = 0;
    const text = await code.until('the extension', async () => {
      if (await row.isVisible()) {
        return readable(await row.innerText({ timeout: 1000 }));
      }
      await page.mouse.wheel(0, ++turns % 40 === 0 ? -1e6 : 300); // from the top again: it may have been passed before it was rendered
    });
    console.log(`       ${text.match(/Activation: *\d+ ?ms/)?.[0] ?? text}`);
  });
  await page.keyboard.press('Escape');

  await code.step('walkthrough', async () => {
    // Its pictures are shown only where there is room.
    await code.command('View: Toggle Primary Side Bar Visibility');
    await page.locator('.part.sidebar').waitFor({ state: 'hidden' });
    await code.command('Welcome: Open Walkthrough...');
    await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'Write a Task for MECAnywhere' }).first().click();
    await page.locator('.getting-started-step').filter({ hasText: 'Make a task folder' }).first().waitFor();
    await page.locator('.gettingStartedContainer img[alt="The templates for a new task folder"], .gettingStartedContainer .getting-started-media img').first().waitFor();
  });
}, workspace => {
  fs.mkdirSync(path.join(workspace, 'taken'));
  fs.writeFileSync(path.join(workspace, 'taken/Dockerfile'), 'FROM scratch\n'); // a file that wakes the extension, and no task folder
});
