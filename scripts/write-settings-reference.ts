// Writes docs/settings.md from the schema of the settings and the comments of config/default.yaml.
import { writeFileSync } from 'node:fs';
import { settingsReference } from '../src/config/reference.ts';

writeFileSync(new URL('../docs/settings.md', import.meta.url), settingsReference());
