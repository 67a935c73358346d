import { everyType } from './subjects.ts';
import { conformance } from './suite.ts';

for (const type of await everyType()) conformance(type);
