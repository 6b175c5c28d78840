import { expect, test } from 'vitest';
import { craftSubject } from '../../test/craft/subject.js';
import { makeRecording } from '../../test/trace/recording.js';
import { pathCommand } from './reproduce.js';

const subject = {
  ...craftSubject([makeRecording()]),
  options: ' --memory 256 --until start_kernel --cpu minimum',
};
const [path] = subject.paths;

test('a command takes the options of the check', () => {
  expect(pathCommand('boot', subject, path!)).toBe(
    'zeropage boot boot/vmlinuz --entry linux64 --platform bare --memory 256 --until start_kernel --cpu minimum',
  );
});

test('where it is to stop is said once', () => {
  expect(pathCommand('trace', subject, path!, ['--until setup_arch'])).toBe(
    'zeropage trace boot/vmlinuz --entry linux64 --platform bare --until setup_arch --memory 256 --cpu minimum',
  );
});
