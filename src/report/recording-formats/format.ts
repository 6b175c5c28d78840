import type { Recording } from '../../trace/recording.js';
import type { Page } from '../text/page.js';

/** A way to write a recording down. */
export interface RecordingFormat {
  readonly id: string;
  /** The whole document. */
  render(recording: Recording, page: Partial<Page>): string | Uint8Array | Promise<Uint8Array>;
}
