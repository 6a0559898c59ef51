// What a task folder looks like from outside: the rule that the server's `task` package goes by, for the buttons and menus that VS
// Code has to place without asking the server.

/** The files of a task folder; `src`, a folder, is its seventh entry. */
export const TASK_FILES = ['Dockerfile', 'config.json', 'name.txt', 'description.txt', 'example_input.bin', 'example_output.bin'] as const;

/** What is known of one folder. The last two are asked for only where the names alone do not decide. */
export interface Shape {
  readonly files: readonly string[];
  readonly hasSource: () => Promise<boolean>;
  /** Whether config.json has a resource object. */
  readonly hasResource: () => Promise<boolean>;
}

/** Three of the seven entries, or two of which one is a config.json with a resource object. */
export async function isTaskFolder({ files, hasSource, hasResource }: Shape): Promise<boolean> {
  if (files.length >= 3) {
    return true;
  }
  const config = files.includes('config.json');
  if (files.length < 2 && !config) {
    return false;
  }
  const entries = files.length + (await hasSource() ? 1 : 0);
  return entries >= 3 || (entries === 2 && config && await hasResource());
}

/** Good enough for a button: the server reads the file rightly. */
export function mentionsResource(config: string): boolean {
  return /"resource"\s*:\s*\{/.test(config);
}
