import { describe, expect, test } from 'vitest';
import { knownService, serviceDisabled } from './services.ts';
import { testSettings } from './test-support.ts';

const { actions } = testSettings();

/** `name host:port` as documented for nodemailer's list; `S` marks TLS from the first byte. */
const KNOWN = `
126 smtp.126.com:465S|163 smtp.163.com:465S|1und1 smtp.1und1.de:465S|Aliyun smtp.aliyun.com:465S|AOL smtp.aol.com:587
Bluewin smtpauths.bluewin.ch:465S|DebugMail debugmail.io:25|DynectEmail smtp.dynect.net:25|Dynect smtp.dynect.net:25
Ethereal smtp.ethereal.email:587|FastMail smtp.fastmail.com:465S|Feishu Mail smtp.feishu.cn:465S|Feishu smtp.feishu.cn:465S
Forward Email smtp.forwardemail.net:465S|FE smtp.forwardemail.net:465S|GandiMail mail.gandi.net:587|Gmail smtp.gmail.com:465S
Google Mail smtp.gmail.com:465S|Godaddy smtpout.secureserver.net:25|GodaddyAsia smtp.asia.secureserver.net:25
GodaddyEurope smtp.europe.secureserver.net:25|hot.ee mail.hot.ee:587|Hotmail smtp-mail.outlook.com:587
Outlook smtp-mail.outlook.com:587|Outlook.com smtp-mail.outlook.com:587|iCloud smtp.mail.me.com:587|Me smtp.mail.me.com:587
Mac smtp.mail.me.com:587|Infomaniak mail.infomaniak.com:587|Loopia mailcluster.loopia.se:465S|mail.ee smtp.mail.ee:587
Mail.ru smtp.mail.ru:465S|Mailcatch.app sandbox-smtp.mailcatch.app:2525|Mailgun smtp.mailgun.org:465S
Mailjet in.mailjet.com:587|Mailosaur mailosaur.io:25|Mailtrap live.smtp.mailtrap.io:587|Mandrill smtp.mandrillapp.com:587
Naver smtp.naver.com:587|OhMySMTP smtp.ohmysmtp.com:587|One send.one.com:465S|OpenMailBox smtp.openmailbox.org:465S
OMB smtp.openmailbox.org:465S|Outlook365 smtp.office365.com:587|Postmark smtp.postmarkapp.com:2525
Proton smtp.protonmail.ch:587|ProtonMail smtp.protonmail.ch:587|qiye.aliyun smtp.mxhichina.com:465S|QQ smtp.qq.com:465S
QQex smtp.exmail.qq.com:465S|SendCloud smtp.sendcloud.net:2525|SendGrid smtp.sendgrid.net:587
SendinBlue smtp-relay.brevo.com:587|Brevo smtp-relay.brevo.com:587|SendPulse smtp-pulse.com:465S
SES email-smtp.us-east-1.amazonaws.com:465S|Seznam smtp.seznam.cz:465S|Sparkpost smtp.sparkpostmail.com:587
Tipimail smtp.tipimail.com:587|Yahoo smtp.mail.yahoo.com:465S|Yandex smtp.yandex.ru:465S|Zoho smtp.zoho.com:465S
AliyunQiye smtp.qiye.aliyun.com:465S|Aruba smtps.aruba.it:465S|BOL smtp.bol.com.br:587|Disroot disroot.org:587
ElasticEmail smtp.elasticemail.com:465S|GMX mail.gmx.com:587|KolabNow smtp.kolabnow.com:465S|Loops smtp.loops.so:587
MailerSend smtp.mailersend.net:587|Resend smtp.resend.com:465S|Runbox smtp.runbox.com:465S|SMTP2GO mail.smtp2go.com:2525
Tutanota smtp.tutanota.com:465S|Zimbra smtp.zimbra.com:587|GmailWorkspace smtp-relay.gmail.com:465S
Groundmail smtp.groundmail.dev:587|MailSenpai relay.mailsenpai.com:2525|Oveyon smtp.oveyon.com:587
SpacePost smtp.spacepost.dev:25976|TurboSMTP pro.turbo-smtp.com:465S|TurboSMTP-EU pro.eu.turbo-smtp.com:465S
`
  .trim()
  .split(/[|\n]/)
  .map((entry) => /^(.+) (\S+):(\d+)(S?)$/.exec(entry)!.slice(1));

const SES_REGIONS =
  'ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-gov-east-1 us-gov-west-1 us-west-1 us-west-2'.split(
    ' ',
  );

describe('knownService', () => {
  test.each(KNOWN)('%s is %s:%s%s', (name, host, port, secure) => {
    expect(knownService(name!, actions)).toMatchObject({ host, port: Number(port), secure: secure === 'S' });
  });

  test.each(SES_REGIONS)('SES in %s', (region) => {
    const host = `email-smtp.${region}.amazonaws.com`;
    expect(knownService(`SES-${region.toUpperCase()}`, actions)).toMatchObject({ host, port: 465, secure: true });
  });

  test('names are matched without case, blanks and whatever precedes an @', () => {
    const gmail = knownService('gmail', actions);
    expect(knownService('GMAIL', actions)).toEqual(gmail);
    expect(knownService('google mail', actions)).toEqual(gmail);
    expect(knownService('somebody@googlemail.com', actions)).toEqual(gmail);
  });

  test('some insist on TLS or on a way to sign in', () => {
    for (const name of ['BOL', 'Proton', 'Zimbra', 'Groundmail', 'Oveyon', 'SpacePost']) {
      expect(knownService(name, actions), name).toMatchObject({ requireTls: true });
    }
    for (const name of ['1und1', 'Aruba', 'Disroot', 'KolabNow', 'Zoho']) {
      expect(knownService(name, actions), name).toMatchObject({ authMethod: 'LOGIN' });
    }
  });

  test('Elastic Cloud has its own relay, SES may come from the settings', () => {
    expect(knownService('elastic_cloud', actions)).toEqual({ host: 'dockerhost', port: 10025, secure: false });
    const ses = { host: 'smtp.ses.internal', port: 2465 };
    const own = testSettings({ email: { servicesEnabled: ['*'], ses } }).actions;
    expect(knownService('ses', own)).toEqual({ ...ses, secure: true });
    expect(knownService('SES-EU-WEST-1', own)?.host).toBe('email-smtp.eu-west-1.amazonaws.com');
  });

  test.each(['Maildev', 'nobody-knows', '', '@', '__proto__', 'constructor', 'toString'])('%j is nobody', (name) => {
    expect(knownService(name, actions)).toBeUndefined();
  });
});

describe('serviceDisabled', () => {
  const only = (...servicesEnabled: string[]) => testSettings({ email: { servicesEnabled } }).actions;

  test.each([
    ['gmail', 'google-mail'],
    ['outlook365', 'microsoft-outlook'],
    ['ses', 'amazon-ses'],
    ['elastic_cloud', 'elastic-cloud'],
    ['exchange_server', 'microsoft-exchange'],
    ['other', 'other'],
  ])('%s is called %s in the settings', (service, name) => {
    expect(serviceDisabled(service, only(name))).toBeUndefined();
    expect(serviceDisabled(service, only('*'))).toBeUndefined();
    expect(serviceDisabled(service, only('x', 'y'))).toBe(
      `[service]: "${name}" is not in the list of enabled email services: x,y`,
    );
  });

  test('services without a name in the settings are not restricted', () => {
    expect(serviceDisabled('SendGrid', only('other'))).toBeUndefined();
  });
});
