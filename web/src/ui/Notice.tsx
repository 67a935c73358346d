import type { ReactNode, Ref } from 'react';
import { Icon, type IconName } from './icons.tsx';
import classes from './Notice.module.css';
import type { Tone } from './Status.tsx';

const ICONS: Readonly<Record<Tone, IconName>> = {
  success: 'check',
  failure: 'warning',
  warning: 'warning',
  neutral: 'info',
  accent: 'info',
};

interface NoticeProps {
  readonly tone?: Tone;
  readonly title?: string;
  readonly children?: ReactNode;
  /** Buttons and links below the text. */
  readonly actions?: ReactNode;
  /** `alert` for what has just gone wrong, `status` for other news; none for what simply stands there. */
  readonly role?: 'alert' | 'status';
  /** For notices that take the focus, such as the errors above a form. */
  readonly ref?: Ref<HTMLDivElement>;
}

/** A box with something that the reader should know: icon, title, text, ways on. */
export function Notice({ tone = 'neutral', title, children, actions, role, ref }: NoticeProps) {
  return (
    <div
      ref={ref}
      className={classes.notice}
      data-tone={tone}
      role={role}
      tabIndex={ref === undefined ? undefined : -1}
    >
      <Icon name={ICONS[tone]} size={18} className={classes.icon} />
      <div className={classes.body}>
        {title !== undefined && <div className={classes.title}>{title}</div>}
        {children !== undefined && <div className={classes.text}>{children}</div>}
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
    </div>
  );
}
