import { ChoiceControl, FlagControl } from './ChoiceControl.tsx';
import { FileControl } from './FileControl.tsx';
import { JsonControl, JsonTextControl } from './JsonControl.tsx';
import { ListControl } from './ListControl.tsx';
import { MapControl } from './MapControl.tsx';
import { ObjectControl, UnionControl } from './ObjectControl.tsx';
import { type ControlProps, NumberControl, TextControl } from './TextControl.tsx';

/** The control of a field, whatever its kind. */
export function Control(props: ControlProps) {
  const { field } = props;
  switch (field.kind) {
    case 'text':
      if (field.widget === 'json') return <JsonTextControl {...props} field={field} />;
      if (field.widget === 'file') return <FileControl {...props} field={field} />;
      return <TextControl {...props} field={field} />;
    case 'choice':
      return <ChoiceControl {...props} field={field} />;
    case 'number':
      return <NumberControl {...props} field={field} />;
    case 'flag':
      return <FlagControl {...props} field={field} />;
    case 'list':
      return <ListControl {...props} field={field} />;
    case 'map':
      return <MapControl {...props} field={field} />;
    case 'object':
      return <ObjectControl {...props} field={field} />;
    case 'union':
      return <UnionControl {...props} field={field} />;
    case 'json':
      return <JsonControl {...props} field={field} />;
    case 'constant':
      return null;
  }
}
