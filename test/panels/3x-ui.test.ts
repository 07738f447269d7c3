import { profileNames } from '../../sandbox/panel/profiles';
import { openThreeXUi } from './3x-ui/harness';
import { describeContract } from './suite';

for (const version of profileNames) describeContract({ title: `3x-ui ${version}`, open: () => openThreeXUi(version) });

describeContract({ title: '3x-ui 3.0.2 by its API token', open: () => openThreeXUi('3.0.2', 'token') });
describeContract({ title: '3x-ui 3.6.0 by its API token', open: () => openThreeXUi('3.6.0', 'token') });
