import ipaddr from 'ipaddr.js';

/** Why an address may not be dialled, and the setting that decides about it. */
export interface Refusal {
  /** e.g. `a link-local address (169.254.0.0/16)`; completes "… is". */
  readonly reason: string;
  /** `denied`: an operator's own rule; `built-in`: one of ours, which `allowedAddresses` can lift. */
  readonly rule: 'denied' | 'built-in';
}

/** Decides about one address in any spelling; undefined means it may be dialled. */
export type AddressGuard = (address: string) => Refusal | undefined;

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

const METADATA = 'a metadata service of a cloud';

/**
 * What is refused unless `patchbay.egress.allowedAddresses` names it. Loopback, RFC 1918, carrier-grade NAT and unique local
 * addresses are missing on purpose: targets in the own network are what a self-hosted server is for.
 *
 * Sources: the IANA special-purpose registries (https://www.iana.org/assignments/iana-ipv4-special-registry,
 * …/iana-ipv6-special-registry); metadata addresses from the clouds' own documentation: AWS fd00:ec2::254, Google
 * fd20:ce::254, Oracle 192.0.0.192 and fd00:c1::a9fe:a9fe, Alibaba 100.100.100.200, Azure's wire server 168.63.129.16,
 * Scaleway fd00:42::42; everybody else's is 169.254.169.254 or another link-local address.
 */
const REFUSED: readonly (readonly [cidr: string, what: string])[] = [
  ['100.100.100.200/32', METADATA],
  ['168.63.129.16/32', METADATA],
  ['169.254.169.254/32', METADATA],
  ['192.0.0.192/32', METADATA],
  ['fd00:ec2::254/128', METADATA],
  ['fd20:ce::254/128', METADATA],
  ['fd00:c1::a9fe:a9fe/128', METADATA],
  ['fd00:42::42/128', METADATA],
  ['0.0.0.0/8', 'an unspecified address'],
  ['169.254.0.0/16', 'a link-local address'],
  ['192.0.0.0/24', 'reserved for protocols'],
  ['192.0.2.0/24', 'reserved for documentation'],
  ['198.51.100.0/24', 'reserved for documentation'],
  ['203.0.113.0/24', 'reserved for documentation'],
  ['192.88.99.0/24', 'a retired relay address'],
  ['198.18.0.0/15', 'reserved for benchmarks'],
  ['224.0.0.0/4', 'a multicast address'],
  ['255.255.255.255/32', 'the broadcast address'],
  ['240.0.0.0/4', 'a reserved address'],
  ['::/128', 'an unspecified address'],
  ['fe80::/10', 'a link-local address'],
  ['fec0::/10', 'a retired site-local address'],
  ['ff00::/8', 'a multicast address'],
  ['100::/63', 'a discard-only address'],
  ['2001:db8::/32', 'reserved for documentation'],
  ['3fff::/20', 'reserved for documentation'],
  ['2001:2::/48', 'reserved for benchmarks'],
  ['2001:10::/28', 'reserved for identifiers'],
  ['2001:20::/28', 'reserved for identifiers'],
  ['2001:30::/28', 'reserved for identifiers'],
  ['5f00::/16', 'reserved for segment routing'],
];

const BUILT_IN = REFUSED.map(([cidr, what]) => ({ range: ipaddr.parseCIDR(cidr), text: `${what} (${cidr})` }));

/**
 * Names of metadata services. By name they only matter behind a proxy, which resolves for itself; otherwise the address
 * check already refuses what they resolve to.
 */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
  'metadata.tencentyun.com',
]);

/** True for the known names of metadata services, in any case and with a trailing dot. */
export function isMetadataName(host: string): boolean {
  return METADATA_NAMES.has(host.toLowerCase().replace(/\.+$/, ''));
}

/** A host name without the brackets of a URL's IPv6 form and without a zone id. */
export function bareAddress(host: string): string {
  const inner = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  const zone = inner.indexOf('%');
  return zone === -1 ? inner : inner.slice(0, zone);
}

/**
 * Reads an entry of `deniedAddresses` or `allowedAddresses`: `10.0.0.0/8`, `fd00::/8`, or one address.
 *
 * @throws {TypeError} with a sentence naming the entry
 */
export function parseRange(entry: string): Range {
  try {
    const bare = bareAddress(entry);
    const [address, bits] = bare.includes('/') ? ipaddr.parseCIDR(bare) : [ipaddr.parse(bare), 128];
    if (address instanceof ipaddr.IPv4) return [address, Math.min(bits, 32)];
    // A mapped address is checked as IPv4, so a range of them must be one of IPv4 too.
    return isMapped(address.parts) && bits >= 96 ? [address.toIPv4Address(), bits - 96] : [address, bits];
  } catch {
    throw new TypeError(
      `"${entry}" is not an address or a CIDR range; write it like 10.0.0.0/8, 192.168.1.7 or fd00::/8`,
    );
  }
}

/** Compiles the operator's lists. @throws {TypeError} for an entry that is neither an address nor a range */
export function createAddressGuard(
  rules: { denied?: readonly string[]; allowed?: readonly string[] } = {},
): AddressGuard {
  const denied = (rules.denied ?? []).map((entry) => ({ range: parseRange(entry), text: entry }));
  const allowed = (rules.allowed ?? []).map(parseRange);
  return (text) => {
    const forms = spellings(text);
    if (forms === undefined) return { reason: 'not an address that can be checked', rule: 'built-in' };
    for (const form of forms) {
      const hit = denied.find((entry) => contains(entry.range, form));
      if (hit !== undefined)
        return { reason: `in the range ${hit.text} of patchbay.egress.deniedAddresses`, rule: 'denied' };
    }
    for (const form of forms) {
      if (allowed.some((range) => contains(range, form))) continue;
      const hit = BUILT_IN.find((entry) => contains(entry.range, form));
      if (hit !== undefined) return { reason: hit.text, rule: 'built-in' };
    }
    return undefined;
  };
}

/**
 * The address itself and every IPv4 address that a translator or tunnel would find inside it. An exemption must cover
 * each form that is refused, so that allowing one IPv6 prefix does not open 169.254.169.254 through it.
 */
function spellings(text: string): readonly Address[] | undefined {
  let address: Address;
  try {
    address = ipaddr.parse(bareAddress(text));
  } catch {
    return undefined;
  }
  if (address instanceof ipaddr.IPv4) return [address];
  const inner = embedded(address);
  // A mapped address is dialled as the IPv4 address, by the kernel itself: it has no meaning of its own.
  return isMapped(address.parts) ? inner : [address, ...inner];
}

function isMapped(parts: readonly number[]): boolean {
  return parts[5] === 0xffff && parts.slice(0, 5).every((part) => part === 0);
}

/** IPv4 addresses within an IPv6 address: RFC 4291, 6145, 6052, 8215, 3056, 4380, 5214. */
function embedded(address: ipaddr.IPv6): ipaddr.IPv4[] {
  const [p0, p1, p2, p3, p4, p5, p6, p7] = address.parts as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const last = ipv4(p6, p7);
  const topZero = p0 === 0 && p1 === 0 && p2 === 0 && p3 === 0;
  if (topZero && p4 === 0 && p5 === 0xffff) return [last]; // mapped ::ffff:a.b.c.d
  if (topZero && p4 === 0xffff && p5 === 0) return [last]; // translated ::ffff:0:a.b.c.d
  if (topZero && p4 === 0 && p5 === 0) return p6 === 0 && p7 <= 1 ? [] : [last]; // compatible ::a.b.c.d, not :: and ::1
  if (p0 === 0x64 && p1 === 0xff9b && p2 === 0) return [last]; // NAT64 64:ff9b::/96
  if (p0 === 0x64 && p1 === 0xff9b && p2 === 1) {
    // Local-use NAT64: where the IPv4 address sits depends on the prefix length (RFC 6052 section 2.2), which we cannot
    // know; bits 64 to 71 are skipped.
    const after64 = ipv4(((p4 & 0xff) << 8) | (p5 >> 8), ((p5 & 0xff) << 8) | (p6 >> 8));
    const at56 = ipv4(((p3 & 0xff) << 8) | (p4 & 0xff), p5);
    const at48 = ipv4(p3, ((p4 & 0xff) << 8) | (p5 >> 8));
    return [last, after64, at56, at48];
  }
  if (p0 === 0x2002) return [ipv4(p1, p2)]; // 6to4
  if (p0 === 0x2001 && p1 === 0) return [ipv4(p2, p3), ipv4(p6 ^ 0xffff, p7 ^ 0xffff)]; // Teredo: server, client
  if (p5 === 0x5efe && (p4 === 0 || p4 === 0x200)) return [last]; // ISATAP
  return [];
}

function ipv4(high: number, low: number): ipaddr.IPv4 {
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}

function contains([network, bits]: Range, address: Address): boolean {
  return network.kind() === address.kind() && (address as ipaddr.IPv4).match(network as ipaddr.IPv4, bits);
}
