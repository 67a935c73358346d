import dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { type AddressGuard, bareAddress, isMetadataName, type Refusal } from './addresses.ts';
import type { CheckedAddress } from './internals.ts';
import { EgressError } from './types.ts';

/** Name resolution and the address guard in one, so that what is checked is what is dialled. */
export interface Resolver {
  /**
   * For `net.connect`: resolves once, checks every candidate, and hands over exactly these. Literal addresses never
   * get here (Node dials them without a lookup); see {@link Resolver.assertLiteral}.
   */
  readonly lookup: LookupFunction;
  /** @throws {EgressError} `egress_address_refused`, `egress_connection` */
  resolve(host: string): Promise<readonly CheckedAddress[]>;
  /** Passes names. @throws {EgressError} `egress_address_refused` for a refused literal address */
  assertLiteral(host: string): void;
  /**
   * All that can be known about a target whose name the proxy resolves: literal addresses and names of metadata services.
   *
   * @throws {EgressError} `egress_address_refused`
   */
  assertUnresolved(host: string): void;
}

type Candidate = { readonly address: string; readonly family: number };

/** A name with more addresses than this is not a service but an attack on us. */
const MAX_CANDIDATES = 256;

/** What the names of metadata services stand for, so that one exemption covers name and address. */
const METADATA_ADDRESS = '169.254.169.254';

/**
 * One refused candidate refuses the name: a target with one public and one link-local address is either misconfigured
 * or hostile, and which of the two would be dialled depends on timing.
 */
export function createResolver(
  guard: AddressGuard,
  systemLookup: LookupFunction = dns.lookup as LookupFunction,
): Resolver {
  function check(host: string, candidates: readonly Candidate[]): readonly CheckedAddress[] {
    if (candidates.length === 0 || candidates.length > MAX_CANDIDATES) {
      throw new EgressError('egress_connection', `getaddrinfo ENOTFOUND ${host}`, { systemCode: 'ENOTFOUND' });
    }
    return candidates.map(({ address }) => {
      const refusal = guard(address);
      if (refusal !== undefined) throw refused(host, address, refusal);
      return { address, family: isIP(address) === 6 ? 6 : 4 };
    });
  }

  const lookup: LookupFunction = (host, options, callback) => {
    systemLookup(host, { ...options, all: true }, (error, answer) => {
      if (error) return callback(error, '', 4);
      let checked: readonly CheckedAddress[];
      try {
        checked = check(host, Array.isArray(answer) ? answer : [{ address: answer, family: isIP(answer) }]);
      } catch (reason) {
        return callback(reason as NodeJS.ErrnoException, '', 4);
      }
      const first = checked[0]!;
      if (options.all) callback(null, [...checked]);
      else callback(null, first.address, first.family);
    });
  };

  function assertLiteral(host: string): void {
    const bare = bareAddress(host);
    const refusal = isIP(bare) === 0 ? undefined : guard(bare);
    if (refusal !== undefined) throw refused(host, bare, refusal);
  }

  function assertUnresolved(host: string): void {
    assertLiteral(host);
    const refusal = isMetadataName(host) ? guard(METADATA_ADDRESS) : undefined;
    if (refusal !== undefined) throw refused(host, METADATA_ADDRESS, refusal);
  }

  return {
    lookup,
    assertLiteral,
    assertUnresolved,
    resolve(host) {
      const bare = bareAddress(host);
      if (isIP(bare) !== 0) {
        try {
          return Promise.resolve(check(host, [{ address: bare, family: isIP(bare) }]));
        } catch (error) {
          return Promise.reject(error);
        }
      }
      return new Promise((resolve, reject) => {
        lookup(host, { all: true }, (error, answer) => {
          if (error) reject(error);
          else resolve(answer as unknown as readonly CheckedAddress[]);
        });
      });
    },
  };
}

function refused(host: string, address: string, refusal: Refusal): EgressError {
  const isLiteral = bareAddress(host) === address;
  const who = isLiteral ? `target address ${address}` : `target hostname "${host}" leads to ${address}, which`;
  const remedy =
    refusal.rule === 'denied'
      ? 'Take it out of that setting to allow it.'
      : 'If it is meant, add it to patchbay.egress.allowedAddresses.';
  return new EgressError('egress_address_refused', `${who} is ${refusal.reason} and is refused. ${remedy}`);
}
