// No container engine: checks work, runs are off, and both are said where a person looks.
//   engineless-job.mjs URL TEMPORARY_DIR SHOTS_DIR      (with a DOCKER_HOST that leads nowhere)

import path from 'node:path';
import { runJob } from './job.mjs';
import { makeFaultyFolder } from './task-folders.mjs';

await runJob(async (code) => {
  const { page } = code;
  const rowsOfMenu = async () => (await page.locator('.quick-input-list .monaco-list-row').allInnerTexts()).join('\n');

  await code.step('checked without an engine', async () => {
    await code.until('a ready server', async () => /Language server ready: meca-lsp/.test(await code.status('meca.status')));
    await code.openFile('echo/config.json');
    await code.squiggles('error').first().waitFor();
  });

  await code.step('menu says what is missing', async () => {
    await page.locator('.statusbar-item[id$="meca.status"]').click();
    await code.until('the engine and its remedy', async () =>
      /Language server ready[^]*No container engine answers: checks work, runs are off[^]*Start Docker/.test(await rowsOfMenu()));
  });
  await page.keyboard.press('Escape');

  await code.step('run is refused with the reason', async () => {
    await code.openFile('echo/config.json'); // VS Code asks for no lenses while no editor has the focus
    await code.lens('Run example').click();
    await code.toast('The example could not be run').waitFor();
    await code.until('the state of the engine', async () => /No container engine answers/.test(await code.status('meca.status')));
  });

  await code.step('test is in error', async () => {
    await code.closeToasts();
    await code.command('Testing: Focus on Test Explorer View');
    const row = page.locator('.test-explorer .monaco-list-row').filter({ hasText: 'echo' }).first();
    await row.locator('.codicon-testing-error-icon').waitFor();
  });
}, workspace => {
  makeFaultyFolder(path.join(workspace, 'echo'));
});
