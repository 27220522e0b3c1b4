import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NODE, network } from './layout.ts'
import { nodeImages } from './node-images.ts'

/** Writes the configuration files of everything that runs on the node. JSON is YAML. */
export async function configure(run: string): Promise<void> {
  const files: Readonly<Record<string, string>> = {
    'containerd.toml': containerd(run),
    'cni/10-bridge.conflist': JSON.stringify(bridge),
    'kubelet.yaml': JSON.stringify(kubelet(run)),
    'kube-proxy.yaml': JSON.stringify(proxy(run)),
    'resolv.conf': `nameserver ${network.hostAddress}\n`,
  }
  await mkdir(join(run, 'cni'), { recursive: true })
  await mkdir(join(run, 'log'), { recursive: true })
  for (const [name, text] of Object.entries(files)) await writeFile(join(run, name), text)
}

/** `restrict_oom_score_adj`: root of a small machine may lack the right to lower it, and then no container starts. */
const containerd = (run: string) => `version = 2
root = "${run}/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${nodeImages.pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${run}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
`

const bridge = {
  cniVersion: '1.0.0',
  name: 'bridge',
  plugins: [
    {
      ...{ type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true },
      ipam: {
        type: 'host-local',
        dataDir: '/run/cni-ipam', // gone with the node, so that no address is taken at the next start
        ranges: [[{ subnet: network.pods }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
}

const kubelet = (run: string) => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  failCgroupV1: false,
  cgroupDriver: 'cgroupfs',
  address: network.nodeAddress,
  authentication: { anonymous: { enabled: false }, x509: { clientCAFile: `${run}/pki/ca.crt` } },
  tlsCertFile: `${run}/pki/node.crt`,
  tlsPrivateKeyFile: `${run}/pki/node.key`,
  clusterDNS: [network.dnsService],
  clusterDomain: 'cluster.local',
  containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
  resolvConf: `${run}/resolv.conf`,
  podLogsDir: '/var/log/pods',
  volumePluginDir: `${run}/kubelet/volumeplugins`,
  failSwapOn: false,
  oomScoreAdj: 0, // as restrict_oom_score_adj of containerd
  maxPods: 60,
  imageGCHighThresholdPercent: 100, // nothing can be pulled again
  imageGCLowThresholdPercent: 99,
  evictionHard: { 'memory.available': '200Mi', 'nodefs.available': '0%', 'imagefs.available': '0%' },
  nodeStatusUpdateFrequency: '5s',
})

const proxy = (run: string) => ({
  apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
  kind: 'KubeProxyConfiguration',
  mode: 'nftables',
  clusterCIDR: network.pods,
  hostnameOverride: NODE,
  bindAddress: network.nodeAddress,
  oomScoreAdj: 0,
  clientConnection: { kubeconfig: `${run}/pki/kube-proxy.kubeconfig` },
  // sysctls of the host that a network namespace can't write
  conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
})
