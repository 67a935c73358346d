import { CloseButton, Drawer } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { ui } from '../words/ui.ts';
import { openDialogs } from './dialogs.tsx';
import { useFocusBack } from './focus-back.ts';
import { useDocumentTitle } from './Page.tsx';
import classes from './Panel.module.css';
import { ScrollParent } from './scroll-parent.ts';

/** A tab of a panel; it has an address, so it is a link. Make `link` with the router's `linkOptions`. */
export interface PanelTab {
  readonly label: string;
  readonly link: LinkProps;
  readonly testSubj?: string;
}

const WIDTHS = { md: 640, lg: 920, xl: 1240 } as const;

interface PanelProps {
  readonly title: string;
  /** For the document's title, where the heading alone would not say enough. */
  readonly documentTitle?: string;
  readonly icon?: ReactNode;
  /** Beside the heading. */
  readonly badges?: ReactNode;
  /** Below the heading. */
  readonly lead?: ReactNode;
  /** Buttons at the right of the heading. */
  readonly actions?: ReactNode;
  readonly tabs?: readonly PanelTab[];
  /** Buttons that stay in sight at the bottom. */
  readonly footer?: ReactNode;
  /** At most 640, 920 or 1240 pixels wide; `md` when left out. */
  readonly size?: keyof typeof WIDTHS;
  /** Escape, the cross and a click beside the panel; goes to the list's address. An unsaved guard may stop that. */
  readonly onClose: () => void;
  readonly testSubj?: string;
  readonly closeTestSubj?: string;
  readonly children: ReactNode;
}

/** Slides over a list and belongs to an address of its own. Holds the focus, and gives it back when it goes. */
export function Panel({
  title,
  documentTitle = title,
  icon,
  badges,
  lead,
  actions,
  tabs,
  footer,
  size = 'md',
  onClose,
  testSubj,
  closeTestSubj,
  children,
}: PanelProps) {
  const [body, setBody] = useState<HTMLElement | null>(null);
  const dialogs = openDialogs.use();
  useDocumentTitle(documentTitle, true);
  useFocusBack();
  return (
    <Drawer.Root
      opened
      onClose={() => onClose()}
      position="right"
      size={WIDTHS[size]}
      returnFocus={false}
      closeOnEscape={dialogs === 0}
      transitionProps={{ duration: 0 }}
      // Not as the content's `className`, which the frame that places it would get as well.
      classNames={{ content: classes.content }}
    >
      <Drawer.Overlay backgroundOpacity={0.35} />
      <Drawer.Content data-test-subj={testSubj}>
        <header className={classes.head}>
          <div className={classes.top}>
            {icon}
            <Drawer.Title className={classes.title} tabIndex={-1} data-autofocus>
              {title}
            </Drawer.Title>
            {badges}
            <div className={classes.actions}>
              {actions}
              <CloseButton aria-label={ui.close} onClick={() => onClose()} data-test-subj={closeTestSubj} />
            </div>
          </div>
          {lead !== undefined && <div className={classes.lead}>{lead}</div>}
          {tabs !== undefined && <Tabs label={title} tabs={tabs} />}
        </header>
        <div className={classes.body} ref={setBody}>
          <ScrollParent value={body}>{children}</ScrollParent>
        </div>
        {footer !== undefined && <footer className={classes.footer}>{footer}</footer>}
      </Drawer.Content>
    </Drawer.Root>
  );
}

function Tabs({ label, tabs }: { label: string; tabs: readonly PanelTab[] }) {
  return (
    <nav aria-label={label} className={classes.tabs}>
      {tabs.map(({ label: word, link, testSubj }) => (
        <Link
          key={word}
          {...link}
          className={classes.tab}
          activeOptions={{ includeSearch: false }}
          data-test-subj={testSubj}
        >
          {word}
        </Link>
      ))}
    </nav>
  );
}
