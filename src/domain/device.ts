/** A device as its app names it. The name is the app's word alone, so the limit it counts against is a soft one. */
export interface Device {
  readonly hwid: string;
  readonly os: string | undefined;
  readonly osVersion: string | undefined;
  readonly model: string | undefined;
}

/** A device that counts against a subscription's limit. */
export interface RegisteredDevice extends Omit<Device, 'hwid'> {
  readonly id: string;
  readonly since: Date;
}
