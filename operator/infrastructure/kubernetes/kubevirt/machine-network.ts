import type { AttachedNetwork } from '../../../domain/machine/machine.ts'
import { readAddress } from '../../../domain/network/address.ts'

/** How a machine is on a network, in KubeVirt's words. */
export interface MachineNetwork {
  readonly interface: object
  readonly network: object
  /** What its guest is told of its address at its first start; absent = nothing. */
  readonly cloudInit?: object
}

const NAME = 'default'

/** `named`: a network of the provider; else `attached`; else behind the pod's, whose address the machine shares. */
export function machineNetwork(named: string | undefined, attached: AttachedNetwork | undefined): MachineNetwork {
  if (attached) return ownAddress(attached)
  if (named !== undefined)
    return { interface: { name: NAME, bridge: {} }, network: { name: NAME, multus: { networkName: named } } }
  return { interface: { name: NAME, masquerade: {} }, network: { name: NAME, pod: {} } }
}

/** Nobody on a bridge hands out addresses, so the guest's cloud-init sets the one that is its own. */
function ownAddress({ namespace, definition, address, cidr }: AttachedNetwork): MachineNetwork {
  const macAddress = macOf(address)
  const prefix = cidr.split('/')[1]
  const networkData = {
    version: 2,
    ethernets: { primary: { match: { macaddress: macAddress }, dhcp4: false, addresses: [`${address}/${prefix}`] } },
  }
  return {
    interface: { name: NAME, bridge: {}, macAddress },
    network: { name: NAME, multus: { networkName: `${namespace}/${definition}` } },
    cloudInit: { networkData: JSON.stringify(networkData), userData: '#cloud-config\n' },
  }
}

const MAC_BITS = 32n

/** Its last 32 bits behind two octets of our own: no two machines of a network have the same. */
function macOf(address: string): string {
  const value = BigInt.asUintN(Number(MAC_BITS), readAddress(address)?.value ?? 0n)
  const octets = [24n, 16n, 8n, 0n].map((shift) => Number((value >> shift) & 255n))
  return [0x02, 0x6b, ...octets].map((octet) => octet.toString(16).padStart(2, '0')).join(':')
}
