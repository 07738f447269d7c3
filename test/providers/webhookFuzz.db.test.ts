import { describeFuzz } from '../support/describeFuzz';

describeFuzz(300);
