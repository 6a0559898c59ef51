// VS Code's own support of JSON reports syntax faults and duplicate keys in config.json, as the server does. A person sees each fault
// once: where VS Code shows one, the server's is left out. Its fixes are offered all the same.

/** What of a diagnostic matters here. */
export interface Reported {
  readonly code: string | number | undefined;
  readonly isError: boolean;
  readonly firstLine: number;
  readonly lastLine: number;
}

const duplicateKey = 0x208;

/** Whether VS Code can report the same as this finding of the server's. */
export function canHaveTwin(ours: Reported): boolean {
  return ours.code === 'config-syntax' || ours.code === 'config-duplicate-key';
}

/**
 * Whether VS Code reports the same. Of a text that cannot be read only the first fault is sure, and two parsers put it to different
 * places, so any syntax fault of theirs is the twin of any of ours. Not all of them have a code, but they alone are errors: what VS Code
 * has to say of schemas, and of keys, are warnings.
 */
export function hasTwin(ours: Reported, theirs: readonly Reported[]): boolean {
  if (ours.code === 'config-syntax') {
    return theirs.some(({ code, isError }) => isError && code !== duplicateKey);
  }
  return ours.code === 'config-duplicate-key'
    && theirs.some(({ code, firstLine, lastLine }) => code === duplicateKey && firstLine <= ours.lastLine && ours.firstLine <= lastLine);
}
