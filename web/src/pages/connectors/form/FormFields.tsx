import { Button } from '@mantine/core';
import { useContext, useMemo, useState } from 'react';
import type { Values } from '../../../api/types.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Control } from './Control.tsx';
import { FormContext } from './context.ts';
import classes from './controls.module.css';
import { folded, layOut, type Node, type Part } from './layout.ts';
import { SecretControl, type SecretFate } from './SecretControl.tsx';
import { isUnset, isVisible, pathOf } from './values.ts';

interface FormFieldsProps {
  readonly parts: readonly Part[];
  /** Values of each part, by its base. */
  readonly values: Readonly<Record<string, Values>>;
  readonly onChange: (base: string, name: string, value: unknown) => void;
  /** Stored secrets, by name, and what becomes of them. */
  readonly fates?: Readonly<Record<string, SecretFate>>;
  readonly onFate?: (name: string, fate: SecretFate) => void;
  readonly words: { more: (count: number) => string; fewer: string };
}

/** The fields of one or more schemas as one form: dependent ones below what they depend on, rarely used ones folded away. */
export function FormFields(props: FormFieldsProps) {
  const { parts } = props;
  const nodes = useMemo(() => layOut(parts), [parts]);
  return <Level {...props} nodes={nodes} />;
}

function Level({ nodes, ...props }: FormFieldsProps & { nodes: readonly Node[] }) {
  const { parts, values, fates, words } = props;
  const { problems, isReadOnly } = useContext(FormContext);
  const [begun] = useState(values);
  const [isOpen, setOpen] = useState(false);
  const [config] = parts;

  const isShown = ({ base, field, children }: Node): boolean => {
    const fields = parts.find((part) => part.base === base)?.fields ?? [];
    const around = config && { fields: config.fields, values: values[config.base] ?? {} };
    if (field.kind === 'constant' || !isVisible(field, fields, values[base] ?? {}, around)) return false;
    // Empty controls that cannot be filled in say nothing, unless something stands below them; that a secret is set does.
    if (!isReadOnly || field.initial !== undefined || !isUnset(values[base]?.[field.name])) return true;
    return (base === 'secrets' && fates?.[field.name] !== undefined) || children.some(isShown);
  };
  const visible = nodes.filter(isShown);
  const { shown, more } = folded(visible, (base) => begun[base] ?? {});
  const isWrong = ({ base, field }: Node) => {
    const path = pathOf(base, field.name);
    return [...problems.keys()].some((at) => at === path || at.startsWith(`${path}.`));
  };
  const isUnfolded = isOpen || more.some(isWrong);
  return (
    <div className={classes.stack}>
      {(isUnfolded ? visible : shown).map((node) => (
        <Branch key={pathOf(node.base, node.field.name)} {...props} node={node} />
      ))}
      {more.length > 0 && (
        <div>
          <Button
            size="compact-sm"
            variant="subtle"
            aria-expanded={isUnfolded}
            leftSection={<Icon name={isUnfolded ? 'up' : 'down'} size={12} />}
            onClick={() => setOpen(!isUnfolded)}
          >
            {isUnfolded ? words.fewer : words.more(more.length)}
          </Button>
        </div>
      )}
    </div>
  );
}

function Branch({ node, ...props }: FormFieldsProps & { node: Node }) {
  const { values, onChange, fates, onFate } = props;
  const { base, field, children } = node;
  const fate = base === 'secrets' ? fates?.[field.name] : undefined;
  const control = {
    field,
    path: pathOf(base, field.name),
    value: values[base]?.[field.name],
    onChange: (value: unknown) => onChange(base, field.name, value),
  };
  const isAnyChildVisible = children.length > 0;
  return (
    <>
      {fate === undefined ? (
        <Control {...control} />
      ) : (
        <SecretControl {...control} fate={fate} onFate={(next) => onFate?.(field.name, next)} />
      )}
      {isAnyChildVisible && <Dependants {...props} nodes={children} />}
    </>
  );
}

function Dependants(props: FormFieldsProps & { nodes: readonly Node[] }) {
  const { nodes, parts, values } = props;
  const [config] = parts;
  const isAnyVisible = nodes.some(({ base, field }) => {
    const fields = parts.find((part) => part.base === base)?.fields ?? [];
    return isVisible(
      field,
      fields,
      values[base] ?? {},
      config && { fields: config.fields, values: values[config.base] ?? {} },
    );
  });
  return isAnyVisible ? (
    <div className={classes.dependants}>
      <Level {...props} />
    </div>
  ) : null;
}
