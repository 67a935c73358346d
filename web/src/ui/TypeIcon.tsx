import classes from './TypeIcon.module.css';

/** Hue in degrees of OKLCH and letters, where a type is known by a colour or its initials would mislead. */
const KNOWN: Readonly<Record<string, readonly [hue: number, letters: string]>> = {
  '.email': [250, '@'],
  '.index': [190, 'Ix'],
  '.server-log': [220, 'Lg'],
  '.slack': [330, 'S'],
  '.slack_api': [330, 'S'],
  '.teams': [285, 'T'],
  '.webhook': [175, 'W'],
  '.cases-webhook': [175, 'Cw'],
  '.pagerduty': [145, 'P'],
  '.opsgenie': [260, 'O'],
  '.jira': [255, 'J'],
  '.jira-service-management': [255, 'Js'],
  '.servicenow': [155, 'Sn'],
  '.servicenow-sir': [155, 'Si'],
  '.servicenow-itom': [155, 'It'],
  '.swimlane': [210, 'Sw'],
  '.resilient': [270, 'R'],
  '.xmatters': [130, 'xM'],
  '.d3security': [20, 'D3'],
  '.torq': [300, 'Tq'],
  '.tines': [310, 'Ti'],
  '.thehive': [80, 'Th'],
  '.xsoar': [140, 'Xs'],
  '.sentinelone': [290, 'S1'],
  '.crowdstrike': [25, 'Cs'],
  '.microsoft_defender_endpoint': [240, 'Md'],
  '.bedrock': [170, 'B'],
  '.gen-ai': [160, 'Ai'],
  '.gemini': [265, 'G'],
  '.inference': [195, 'In'],
  '.observability-ai-assistant': [340, 'Oa'],
};

function lettersOf(name: string): string {
  const [first = '?', second = ''] = name.match(/[\p{L}\p{N}]+/gu) ?? [];
  return first.slice(0, 1).toUpperCase() + second.slice(0, 1).toLowerCase() || '?';
}

function hueOf(typeId: string): number {
  let sum = 7;
  for (const character of typeId) sum = (sum * 31 + character.charCodeAt(0)) % 3_600;
  // Twenty-four tints are as many as an eye tells apart.
  return (sum % 24) * 15;
}

interface TypeIconProps {
  readonly typeId: string;
  /** The type's name, for the letters of a type that this console does not know. */
  readonly name?: string;
  /** Pixels; 20 when left out. */
  readonly size?: number;
}

/** A letter-form in the type's tint, drawn by us. The type's name stands beside it: screen readers skip it. */
export function TypeIcon({ typeId, name = typeId, size = 20 }: TypeIconProps) {
  const [hue, letters] = KNOWN[typeId] ?? [hueOf(typeId), lettersOf(name)];
  return (
    <span
      className={classes.icon}
      aria-hidden="true"
      style={{ '--hue': hue, width: size, height: size, fontSize: size * (letters.length === 1 ? 0.6 : 0.48) } as never}
    >
      {letters}
    </span>
  );
}
