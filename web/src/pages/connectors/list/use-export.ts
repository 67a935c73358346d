import { useMutation } from '@tanstack/react-query';
import type { Connector } from '../../../api/connectors.ts';
import { exportConnectors } from '../../../api/saved-objects.ts';
import { reasonOf } from '../../../ui/Failure.tsx';
import { toast } from '../../../ui/toast.tsx';
import { listWords } from '../../../words/list.ts';

const words = listWords.export;

/** Exports connectors as a file that the browser saves. */
export function useExport(): { exportConnectors: (connectors: readonly Connector[]) => void; isExporting: boolean } {
  const run = useMutation({
    mutationFn: exportConnectors,
    onSuccess(text, connectors) {
      save(text, words.file);
      toast.success(words.done(connectors.length));
    },
    onError: (error) => toast.failure(`${words.failed}: ${reasonOf(error)}`),
  });
  return { exportConnectors: run.mutate, isExporting: run.isPending };
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/ndjson' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // A moment later: some browsers begin to read only after the click was handled.
  setTimeout(() => URL.revokeObjectURL(url));
}
