// When to start a crashed server again, and the queue that lets only one start or stop go on at a time.

const windowMs = 180_000;
const maxCrashes = 5;

/** At once after the first crash, later and later after the next ones; at the fifth within three minutes it gives up. */
export class RestartPolicy {
  private crashes: number[] = [];

  /** Takes the time of a crash in milliseconds; gives the wait before the next start, or `give up`. */
  crashed(now: number): number | 'give up' {
    this.crashes = [...this.crashes.filter(time => time > now - windowMs), now];
    const count = this.crashes.length;
    if (count >= maxCrashes) {
      this.crashes = [];
      return 'give up';
    }
    return count === 1 ? 0 : 200 * 2 ** count;
  }
}

/** Runs jobs one after another. A job that is asked for while the same one still waits is not added again. */
export class SerialQueue {
  private tail: Promise<void> = Promise.resolve();
  private readonly waiting = new Map<string, Promise<void>>();

  add(name: string, job: () => Promise<void>): Promise<void> {
    const same = this.waiting.get(name);
    if (same) {
      return same;
    }
    const turn = this.tail.then(() => {
      this.waiting.delete(name);
      return job();
    });
    this.waiting.set(name, turn);
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  /** Settles when no job goes on or waits, those included that are added until then. Never rejects. */
  async idle(): Promise<void> {
    for (let last; last !== this.tail;) {
      last = this.tail;
      await last;
    }
  }
}
