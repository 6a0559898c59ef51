// The frame of a job: a workspace made, opened, worked on, and a result written.

import fs from 'node:fs';
import path from 'node:path';
import { Workbench } from './workbench.mjs';

/**
 * Runs one job of the end-to-end test. The arguments of the program are URL TEMPORARY_DIR SHOTS_DIR. `prepare` fills the workspace
 * before it is opened; where it has several root folders, `prepare` gives the name of its .code-workspace file. `steps` is given the
 * workbench, and the two directories with `runsOutput`, which reads the output channel of runs from its beginning: the panel renders what
 * can be seen of it. It may give a function that is called when the window is closed. Writes result.json beside the pictures and sets the exit code.
 */
export async function runJob(steps, prepare) {
  const [url, temporary, shots] = process.argv.slice(2);
  const workspace = path.join(temporary, 'tasks');
  fs.mkdirSync(workspace);
  const several = prepare(workspace);
  // A folder that a step removes has an image too: run.sh has all of them cleaned away.
  const configs = fs.readdirSync(workspace, { recursive: true }).filter(file => path.basename(file) === 'config.json');
  fs.writeFileSync(path.join(temporary, 'folders'), configs.map(file => `${path.join(workspace, path.dirname(file))}\0`).join(''));

  const code = await Workbench.open({ url, ...several ? { workspace: path.join(workspace, several) } : { folder: workspace }, shots });
  const folders = several ? JSON.parse(fs.readFileSync(path.join(workspace, several), 'utf8')).folders.map(folder => folder.path) : fs.readdirSync(workspace);
  const dockerfiles = folders.map(folder => `${folder}/Dockerfile`).filter(file => fs.existsSync(path.join(workspace, file)));
  const runsOutput = () => {
    const logs = path.join(temporary, 'instance/data/logs');
    const file = fs.readdirSync(logs, { recursive: true }).find(name => name.endsWith('-MECA Runs.log'));
    return fs.readFileSync(path.join(logs, file), 'utf8');
  };
  let failure;
  let afterwards;
  try {
    await code.step('extension awake', () => code.wake(dockerfiles[0]));
    afterwards = await steps(code, { workspace, temporary, runsOutput });
    if (code.pageErrors.length > 0) {
      throw new Error(`errors in the page: ${code.pageErrors.join('; ')}`);
    }
  } catch (error) {
    failure = error;
    console.error(error);
  }
  await code.close();
  try {
    await afterwards?.();
  } catch (error) {
    failure ??= error;
    console.error(error);
  }
  const result = { passed: !failure, failure: failure?.message, steps: code.steps, pageErrors: code.pageErrors };
  fs.writeFileSync(path.join(shots, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
  process.exitCode = failure ? 1 : 0;
}
