import { conformanceShare } from './share.ts';

await conformanceShare(2);
