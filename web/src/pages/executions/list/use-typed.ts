import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

/** The server searches, so it is asked when the fingers rest, not for each letter. */
const REST_MS = 200;

/**
 * What is typed into a search field, and what of it is in the address already.
 *
 * @param value as the address has it; when it changes from outside (Back, "Clear filters"), so does the field
 */
export function useTyped(value: string, onChange: (value: string) => void): [string, (typed: string) => void] {
  const [field, setField] = useState({ typed: value, address: value, written: value });
  let current = field;
  if (value !== field.address) {
    const isOwn = value === field.written;
    current = { ...field, address: value, ...(isOwn ? {} : { typed: value, written: value }) };
    setField(current);
  }
  const write = useDebouncedCallback((typed: string) => {
    setField((before) => ({ ...before, written: typed }));
    onChange(typed);
  }, REST_MS);
  return [
    current.typed,
    (typed) => {
      setField((before) => ({ ...before, typed }));
      write(typed);
    },
  ];
}
