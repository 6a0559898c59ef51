// Restricted Mode: folders are checked, nothing of the workspace is built, run or started; trust granted, everything works.
//   restricted-job.mjs URL TEMPORARY_DIR SHOTS_DIR      (with workspace trust on: VSCODE_OPTIONS=)

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { runJob } from './job.mjs';
import { makeFaultyFolder } from './task-folders.mjs';

await runJob(async (code, { workspace }) => {
  const ready = () => code.until('a ready server', async () => /Language server ready: meca-lsp/.test(await code.status('meca.status')));

  await code.step('checked in Restricted Mode', async () => {
    await code.page.locator('[id="status.workspaceTrust"]').waitFor();
    await ready();
    await code.openFile('echo/config.json');
    await code.squiggles('error').first().waitFor();
  });

  await code.step('nothing is run', async () => {
    await code.lens('Run example: needs a trusted workspace').click(); // a lens cannot be grey
    await code.toast('it needs a trusted workspace').waitFor();
    assert.ok(!fs.existsSync(path.join(workspace, 'evil-was-here')), 'the program that the workspace names was started');
    assert.equal(await code.page.locator('.editor-instance .testing-run-glyph').count(), 0, 'a button in the margin to run the task');
  });

  await code.step('trust granted', async () => {
    fs.rmSync(path.join(workspace, '.vscode'), { recursive: true });
    await code.command('Workspaces: Manage Workspace Trust');
    const button = code.page.locator('.workspace-trust-editor .monaco-button').filter({ hasText: /^Trust$/ });
    // The editor makes its buttons anew now and then: a click may hit one that goes.
    await code.until('trust', async () => await code.page.locator('[id="status.workspaceTrust"]').count() === 0 || await button.click({ timeout: 2000 }));
    await ready();
  });

  await code.step('run after trust', async () => {
    await code.openFile('echo/config.json');
    await code.lens(/^\W*Run example$/).click(); // the one of before, which another server may still show, says more
    await code.until('output', async () => /Run example: echo|Example (passed|failed)/.test(await code.output()));
  });
}, workspace => {
  makeFaultyFolder(path.join(workspace, 'echo'));
  const evil = path.join(workspace, 'evil.sh');
  fs.writeFileSync(evil, `#!/bin/sh\ntouch "${path.join(workspace, 'evil-was-here')}"\n`, { mode: 0o755 });
  fs.mkdirSync(path.join(workspace, '.vscode'));
  fs.writeFileSync(path.join(workspace, '.vscode/settings.json'), JSON.stringify({ 'meca.server.path': evil }));
});
