import { ActionIcon, Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { ui } from '../words/ui.ts';
import { Icon } from './icons.tsx';
import { toast } from './toast.tsx';

/** Puts text on the clipboard; false where the browser does not allow it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyTheOldWay(text);
  }
}

/** Without https, browsers have no clipboard API; this still works there. */
function copyTheOldWay(text: string): boolean {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.style.cssText = 'position:fixed;opacity:0';
  // Inside of the panel or dialog in front, whose focus trap would take the focus back.
  (focused?.closest('[role=dialog]') ?? document.body).append(area);
  area.select();
  const isDone = document.execCommand('copy');
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isDone;
}

interface CopyButtonProps {
  /** What is copied, or a function that makes it when it is asked for. */
  readonly text: string | (() => string);
  /** On a button with words; without, a small one with an icon and this name for screen readers. */
  readonly label?: string;
  readonly withLabel?: boolean;
}

/** Copies, and says so on itself. */
export function CopyButton({ text, label = ui.copy, withLabel = false }: CopyButtonProps) {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2_000);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function copy() {
    if (await copyText(typeof text === 'string' ? text : text())) setCopied(true);
    else toast.failure(ui.copyFailed);
  }

  const icon = <Icon name={isCopied ? 'check' : 'copy'} size={14} />;
  if (withLabel) {
    return (
      <Button variant="default" leftSection={icon} onClick={copy}>
        <span aria-live="polite">{isCopied ? ui.copied : label}</span>
      </Button>
    );
  }
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="sm"
      aria-label={isCopied ? ui.copied : label}
      title={label}
      onClick={copy}
    >
      {icon}
    </ActionIcon>
  );
}
