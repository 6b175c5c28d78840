/** Where an entry was found and what the guest finds underneath, e.g. "via payload, on a bare PC". */
export function wayText({ via, platform }: { via: string | null; platform: string }): string {
  const through = via === 'payload' ? 'via payload, unpacked' : 'via image';
  return `${through} · ${platformNames[platform] ?? platform}`;
}

const platformNames: Readonly<Record<string, string>> = {
  bare: 'bare PC',
  kvm: 'KVM',
  'xen-pv': 'Xen',
  'xen-pvh': 'Xen',
};
