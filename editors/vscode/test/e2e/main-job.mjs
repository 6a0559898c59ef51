// The main job, as a person does it: open a faulty task folder, mend it by light bulb, run its example, read the verdict.
//   main-job.mjs URL TEMPORARY_DIR SHOTS_DIR

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { runJob } from './job.mjs';
import { makeDifferingFolder, makeFaultyFolder, makeListeningFolder, makeSilentFolder } from './task-folders.mjs';

const runTimeoutMs = 120_000;

await runJob(async (code, { workspace }) => {
  const onDisk = file => fs.readFileSync(path.join(workspace, file), 'utf8');

  /** Waits for a run's toast; a toast that says the run was not possible ends the wait at once. */
  const verdict = async text => {
    const toast = await code.heldToast(/Example (passed|failed)|could not be run/, runTimeoutMs);
    assert.ok((await toast.innerText()).includes(text), await toast.innerText());
  };

  await code.step('server ready', async () => {
    await code.until('a ready server', async () => /Language server ready: meca-lsp/.test(await code.status('meca.status')));
  });

  await code.step('findings in config.json', async () => {
    await code.openFile('echo/config.json');
    await code.squiggleUnder('warning', '"memory"');
    await code.squiggleUnder('error', '"cpu"');
  });

  await code.step('problems', async () => {
    const rows = await code.problems();
    await code.until('the findings', async () => {
      const seen = await rows();
      return seen.some(row => row.includes('config-unknown-key') && row.includes('[Ln 4, Col 5]'))
        && seen.some(row => row.includes('config-incomplete-limits') && row.includes('[Ln 3, Col 5]'));
    });
  });

  await code.step('hover shows the rule', async () => {
    await code.openFile('echo/config.json');
    await code.hoverAt(4, 8, 'config-unknown-key');
  });

  await code.step('quick fix for a wrong key', async () => {
    await code.page.keyboard.press('Escape');
    await code.goTo(4, 8);
    await code.openQuickFixes('"mem"');
    await code.detail('check', { x: 352, y: 4, width: 640, height: 270 });
  });
  await code.step('wrong key mended', async () => {
    await code.applyQuickFix('"mem"');
    await code.until('the new text', async () => (await code.text()).includes('"mem": 128'));
    await code.squiggles('error').first().waitFor({ state: 'detached' });
    await code.squiggles('warning').first().waitFor({ state: 'detached' });
  });

  await code.step('quick fix for missing defaults', async () => {
    await code.goTo(2, 5);
    await code.openQuickFixes('Add all defaults');
  });
  await code.step('defaults added and saved', async () => {
    await code.applyQuickFix('Add all defaults');
    await code.until('the new text', async () => (await code.text()).includes('"gpu_count": 0'));
    await code.save();
    await code.until('the file on disk', () => {
      const { resource } = JSON.parse(onDisk('echo/config.json'));
      assert.deepEqual(resource, { cpu: 1, mem: 128, use_gpu: false, gpu_count: 0 });
      return true;
    });
  });

  await code.step('finding in Dockerfile', async () => {
    await code.openFile('echo/Dockerfile');
    await code.squiggles('warning').first().waitFor();
    await code.goTo(1, 1);
    await code.openQuickFixes('EXPOSE 8080');
  });
  await code.step('Dockerfile mended and saved', async () => {
    await code.applyQuickFix('EXPOSE 8080');
    await code.squiggles('warning').first().waitFor({ state: 'detached' });
    await code.save();
    await code.until('the file on disk', () => /^EXPOSE 8080$/m.test(onDisk('echo/Dockerfile')));
    const rows = await code.problems();
    await code.until('no finding in this folder', async () => !(await rows()).some(row => /config-|port-not-exposed/.test(row)));
  });

  await code.step('finding in a source', async () => {
    await code.openFile('flask/src/app.py');
    await code.squiggleUnder('warning', 'app.run');
    await code.hoverAt(5, 12, 'A host takes the task for ready');
    await code.page.keyboard.press('Escape');
    await code.goTo(6, 3);
    await code.openQuickFixes('Add host="0.0.0.0"');
  });
  await code.step('source mended', async () => {
    await code.applyQuickFix('Add host="0.0.0.0"');
    await code.until('the new text', async () => (await code.text()).includes('app.run(host="0.0.0.0", port=8080)'));
    await code.squiggles('warning').first().waitFor({ state: 'detached' }); // before it is saved
    await code.save();
    await code.until('the file on disk', () => onDisk('flask/src/app.py').includes('port=8080'));
  });

  await code.step('run example', async () => {
    await code.openFile('echo/config.json');
    await code.lens('Run example').click();
    await code.until('output', async () => /Run example: echo|Example (passed|failed)/.test(await code.output()));
    await verdict('Example passed in');
  });
  await code.step('example passed', async () => {
    await code.until('the whole output', async () => {
      const text = await code.output();
      return text.includes('meca-init-done') && text.includes('Example passed in');
    });
  });

  await code.step('example failed', async () => {
    await code.closeToasts();
    await code.openFile('planet/config.json');
    await code.lens('Run example').click();
    await verdict('Example failed');
  });
  await code.step('difference', async () => {
    await code.clickToastButton('Example failed', 'Show Difference');
    await code.until('both sides', async () => {
      const { left, right } = await code.difference();
      return left.includes('"Mars"') && right.includes('"Earth"');
    });
    await code.page.locator('.monaco-diff-editor .char-delete').first().waitFor();
  });

  await code.step('a run that waits', async () => {
    await code.closeToasts();
    await code.openFile('silent/config.json');
    await code.lens('Run example').click();
    await code.until('the wait', async () => /Waiting for meca-init-done\s*$/.test(await code.output()), runTimeoutMs);
    await code.until('the running state', async () => /Language server running a job/.test(await code.status('meca.status')));
    await code.lens('Stop').waitFor();
  });
  await code.step('stopped', async () => {
    await code.lens('Stop').click();
    await code.until('the end of the run', async () => /Run stopped\.\s*$/.test(await code.output()));
    await code.until('the ready state', async () => /Language server ready/.test(await code.status('meca.status')));
    await code.lens('Stop').waitFor({ state: 'detached' });
  });

  // The last: a click in the output stops it from following what is written.
  await code.step('finding in the output leads to its place', async () => {
    await code.closeToasts();
    await code.openFile('planet/config.json');
    await code.lens('Run example').click();
    await verdict('Example failed');
    await code.followLink(code.page.locator('[id="workbench.panel.output"] .view-line span span').filter({ hasText: 'example_output.bin:2:14' }).last(),
      async () => /Ln 2, Col 14/.test(await code.status('status.editor.selection')));
    await code.page.locator('.editor-instance .monaco-editor[data-uri$="/planet/example_output.bin"] .view-line').first().waitFor();
  });
}, workspace => {
  makeListeningFolder(path.join(workspace, 'flask'));
  makeFaultyFolder(path.join(workspace, 'echo'));
  makeDifferingFolder(path.join(workspace, 'planet'));
  makeSilentFolder(path.join(workspace, 'silent'));
});
