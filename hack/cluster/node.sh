#!/bin/bash
# The first process of the node, in namespaces of its own (mount, pid, net, uts, ipc, cgroup): when it is killed, the
# kernel ends everything below and drops its mounts and network rules. Told by the environment: RUN SERVERS PROGRAMS
# NODE NODE_ADDRESS API_PORT SERVICES CONTROLLERS.
mount --make-rprivate /
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
for controller in $CONTROLLERS; do
  mkdir "/sys/fs/cgroup/$controller"
  mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller"
done
mkdir /sys/fs/cgroup/systemd # runc looks for it
mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
mount -t tmpfs -o mode=755 tmpfs /run
[ -L /var/run ] || mount --bind /run /var/run
mkdir -p "$RUN/var-log" "$RUN/kubelet" "$RUN/containerd"
mount --bind "$RUN/var-log" /var/log
mount --make-rshared / # volumes of pods are mounted here and seen there
hostname "$NODE"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root

keys=$RUN/pki
start() {
  local name=$1
  shift
  "$@" >>"$RUN/log/$name.log" 2>&1 &
}
ready() {
  for _ in $(seq 600); do
    [ "$(curl -s --cacert "$keys/ca.crt" "https://$NODE_ADDRESS:$API_PORT/readyz")" = ok ] && return
    sleep 0.1
  done
}
as() { echo "--kubeconfig=$keys/$1.kubeconfig"; }

start etcd "$SERVERS/etcd" --data-dir "$RUN/etcd" --log-level warn --unsafe-no-fsync \
  --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380
start kube-apiserver "$SERVERS/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 \
  --secure-port="$API_PORT" --advertise-address="$NODE_ADDRESS" --service-cluster-ip-range="$SERVICES" \
  --tls-cert-file="$keys/api.crt" --tls-private-key-file="$keys/api.key" --client-ca-file="$keys/ca.crt" \
  --service-account-key-file="$keys/accounts.pub" --service-account-signing-key-file="$keys/accounts.key" \
  --service-account-issuer=https://kubernetes.default.svc.cluster.local \
  --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true \
  --kubelet-client-certificate="$keys/to-kubelet.crt" --kubelet-client-key="$keys/to-kubelet.key" \
  --kubelet-certificate-authority="$keys/ca.crt" --kubelet-preferred-address-types=InternalIP
start containerd containerd --config "$RUN/containerd.toml"
ready
start kube-controller-manager "$PROGRAMS/kube-controller-manager" "$(as kube-controller-manager)" \
  --root-ca-file="$keys/ca.crt" --service-account-private-key-file="$keys/accounts.key" \
  --use-service-account-credentials=true --leader-elect=false --bind-address=127.0.0.1 \
  --service-cluster-ip-range="$SERVICES"
start kube-scheduler "$PROGRAMS/kube-scheduler" "$(as kube-scheduler)" --leader-elect=false --bind-address=127.0.0.1
start kubelet "$PROGRAMS/kubelet" --config="$RUN/kubelet.yaml" "$(as kubelet)" --hostname-override="$NODE" \
  --node-ip="$NODE_ADDRESS" --root-dir="$RUN/kubelet"
start kube-proxy "$PROGRAMS/kube-proxy" --config="$RUN/kube-proxy.yaml"

trap 'exit 0' TERM
while :; do wait; sleep 1; done # buries orphans
