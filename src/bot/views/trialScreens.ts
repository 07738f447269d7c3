import type { Language } from '../../domain/language';
import type { Plan } from '../../domain/plan';
import type { TrialRules } from '../../domain/trial';
import { encodePress } from '../callbackData';
import { daysIn } from '../texts/days';
import { textsFor } from '../texts/texts';
import type { Button, Screen } from './screen';

/** The button that starts the trial. */
export function trialButton(language: Language, plan: Plan): Button {
  const texts = textsFor(language).trial;
  return { label: texts.button({ days: daysIn(language, plan.period.value) }), callback: encodePress({ kind: 'trial', args: [] }) };
}

/** The trial was given and is being turned on; the link follows in a message of its own. */
export function trialStartedScreen(language: Language): Screen {
  const texts = textsFor(language);
  return { html: texts.trial.started, keyboard: [[{ label: texts.mySubscription, callback: encodePress({ kind: 'subs', args: [] }) }]] };
}

/** The channel has to be joined first. */
export function joinScreen(language: Language, channel: NonNullable<TrialRules['channel']>): Screen {
  const texts = textsFor(language);
  return {
    html: texts.trial.join,
    keyboard: [
      [{ label: texts.trial.openChannel, url: channel.url }],
      [{ label: texts.trial.joined, callback: encodePress({ kind: 'trial', args: [] }) }],
      [{ label: texts.back, callback: encodePress({ kind: 'home', args: [] }) }],
    ],
  };
}
