const ru = {
  button: '🔁 Сменить ссылку',
  title:
    '🔁 <b>Сменить ссылку?</b>\n\nСтарая ссылка сразу перестанет обновляться во всех приложениях. Новую нужно будет добавить на каждом своём устройстве.\n\nМеняйте, если ссылка попала к чужим.',
  confirm: '🔁 Да, сменить',
};

const en: typeof ru = {
  button: '🔁 Replace the link',
  title:
    '🔁 <b>Replace the link?</b>\n\nThe old link stops updating at once, in every app. You will have to add the new one on each of your devices.\n\nDo it if strangers have got your link.',
  confirm: '🔁 Yes, replace it',
};

/** A new link in place of one that strangers know. */
export const replaceLink = { ru, en };
