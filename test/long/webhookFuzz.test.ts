import { describeFuzz } from '../support/describeFuzz';

describeFuzz(10_000);
