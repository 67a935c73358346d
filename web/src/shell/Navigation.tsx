import { Link, linkOptions } from '@tanstack/react-router';
import { root } from '../api/client.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { shell } from '../words/shell.ts';
import classes from './Navigation.module.css';

const PAGES = [
  { icon: 'connectors', label: shell.connectors, link: linkOptions({ to: '/connectors' }) },
  { icon: 'executions', label: shell.executions, link: linkOptions({ to: '/executions' }) },
  { icon: 'health', label: shell.health, link: linkOptions({ to: '/health' }) },
  { icon: 'access', label: shell.access, link: linkOptions({ to: '/access' }) },
] as const satisfies readonly { icon: IconName; label: string; link: object }[];

/** The pages of the console. */
export function Navigation({ onNavigate }: { onNavigate?: () => void }) {
  return (
    <nav aria-label={shell.navigation} className={classes.navigation}>
      {PAGES.map(({ icon, label, link }) => (
        <Link
          key={label}
          {...link}
          className={classes.item}
          activeOptions={{ includeSearch: false }}
          onClick={onNavigate}
        >
          <Icon name={icon} />
          {label}
        </Link>
      ))}
      <div className={classes.rule} />
      {/* A page of its own, without this program. */}
      <a className={classes.item} href={new URL('docs/api', root).href}>
        <Icon name="api" />
        {shell.apiReference}
      </a>
    </nav>
  );
}
