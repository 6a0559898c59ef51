// The workspaces of the end-to-end test: copies of examples/echo, changed in the ways the steps are about.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '../../../..');
const echo = path.join(repository, 'examples/echo');

/** The example as it is, with its program built. */
export function makeEchoFolder(folder) {
  fs.cpSync(echo, folder, { recursive: true });
  buildProgram(path.join(echo, 'src'), folder);
}

/** A folder whose config.json and Dockerfile are faulty: `memory` for `mem`, defaults left out, no EXPOSE. */
export function makeFaultyFolder(folder) {
  makeEchoFolder(folder);
  fs.writeFileSync(path.join(folder, 'config.json'), '{\n  "resource": {\n    "cpu": 1,\n    "memory": 128\n  }\n}\n');
  const dockerfile = path.join(folder, 'Dockerfile');
  fs.writeFileSync(dockerfile, fs.readFileSync(dockerfile, 'utf8').replace(/^EXPOSE.*\n+/m, ''));
}

/** A sound folder that promises another answer than its program gives. */
export function makeDifferingFolder(folder) {
  makeEchoFolder(folder);
  fs.writeFileSync(path.join(folder, 'example_input.bin'), '{\n  "planet": "Earth",\n  "moons": 1\n}\n');
  fs.writeFileSync(path.join(folder, 'example_output.bin'), '{\n  "planet": "Mars",\n  "moons": 2\n}\n');
}

/** A folder whose app listens where no host asks, as its source says; it is only looked at. */
export function makeListeningFolder(folder) {
  fs.cpSync(echo, folder, { recursive: true });
  fs.rmSync(path.join(folder, 'src'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'src'));
  fs.writeFileSync(path.join(folder, 'src/app.py'), 'from flask import Flask\n\napp = Flask(__name__)\n\nprint("meca-init-done", flush=True)\napp.run()\n');
  fs.writeFileSync(path.join(folder, 'Dockerfile'), 'FROM python:3.9-slim\nCOPY src/ /app/\nEXPOSE 8080\nCMD ["python", "/app/app.py"]\n');
}

/** A folder that promises and answers bytes that are no text. */
export function makeBytesFolder(folder) {
  makeEchoFolder(folder);
  fs.writeFileSync(path.join(folder, 'example_input.bin'), Buffer.from('\xff\xfe\0Earth', 'latin1'));
  fs.writeFileSync(path.join(folder, 'example_output.bin'), Buffer.from('\xff\xfe\0Mars', 'latin1'));
}

/** A folder whose program never says that it is ready, so that its run goes on until it is stopped. */
export function makeSilentFolder(folder) {
  fs.cpSync(echo, folder, { recursive: true });
  const source = path.join(folder, 'src');
  fs.writeFileSync(path.join(source, 'main.go'), 'package main\n\nimport "time"\n\n// It never prints meca-init-done.\nfunc main() { time.Sleep(time.Hour) }\n');
  buildProgram(source, folder);
}

/** The programs that are built already, by their source. */
const programs = new Map();

/** Static and without a module of its own: it needs no network and no C library. */
function buildProgram(source, folder) {
  const program = path.join(folder, 'src/echo');
  if (programs.has(source)) {
    fs.copyFileSync(programs.get(source), program);
    return;
  }
  programs.set(source, program);
  execFileSync('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', program, path.join(source, 'main.go')], {
    cwd: repository,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: 'inherit',
  });
}
