import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';

const text = readFileSync('docker-compose.yml', 'utf8');
const schema = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      image: z.string(),
      restart: z.string(),
      ports: z.array(z.string()).default([]),
      volumes: z.array(z.string()).default([]),
      healthcheck: z.unknown().optional(),
      depends_on: z.record(z.string(), z.unknown()).default({}),
      environment: z.record(z.string(), z.unknown()).default({}),
    }),
  ),
  volumes: z.record(z.string(), z.unknown()),
});
const compose = schema.parse(parse(text, { merge: true }));
const services = Object.entries(compose.services);
const example = readFileSync('.env.example', 'utf8');

describe('docker-compose.yml', () => {
  it('takes only variables that the example file has', () => {
    const names = [...text.matchAll(/\$\{([A-Z_]+)(?::-[^}]*)?\}/g)].map((match) => match[1] ?? '');
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(example).toMatch(new RegExp(`^#? ?${name}=`, 'm'));
  });

  it('has every service of a shop', () => {
    expect(services.map(([name]) => name).toSorted()).toEqual(
      [
        'api',
        'bot',
        'migrate',
        'postgres',
        'proxy',
        'temporal',
        'temporal-namespace',
        'temporal-schema',
        'temporal-ui',
        'worker',
      ].toSorted(),
    );
  });

  it.each(services)('%s is reachable from outside only when it is the proxy', (name, service) => {
    for (const port of service.ports) expect(name === 'proxy' || port.startsWith('127.0.0.1:')).toBe(true);
  });

  it.each(services)('%s has a health check or ends by itself, a fixed image, and knows who it waits for', (_name, service) => {
    expect(service.restart === 'no' || service.healthcheck !== undefined).toBe(true);
    expect(service.image).toMatch(/:(?!latest$)[\w.-]+$/);
    for (const other of Object.keys(service.depends_on)) expect(compose.services[other]).toBeDefined();
  });

  it('keeps data in named volumes, and mounts only files that are there or that the operator makes', () => {
    for (const [, service] of services) {
      for (const volume of service.volumes) {
        const source = volume.split(':')[0] ?? '';
        if (source.startsWith('./')) expect(source === './shop.yaml' || existsSync(source)).toBe(true);
        else expect(Object.keys(compose.volumes)).toContain(source);
      }
    }
  });

  it('holds no secret', () => {
    const values = services.flatMap(([, service]) => Object.entries(service.environment));
    const secret = values.filter(([name]) => /PASSWORD|PWD|SECRET|TOKEN/.test(name)).map(([, value]) => String(value));
    expect(secret.length).toBeGreaterThan(0);
    expect(secret.filter((value) => !value.startsWith('${'))).toEqual([]);
  });
});
