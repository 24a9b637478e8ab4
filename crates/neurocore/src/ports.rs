//! Ports of a core: what a packet leads to, in four bytes.
//!
//! A port has twenty bits for the place of its row and twelve for the number of the row's *form*:
//! what many rows have in common, which is all the rest. Cores have few forms, as lengths and
//! prices repeat. Where a core has more than the number can say, or rows farther away than the
//! place can say, their ports have the number [`LISTED`], and their place is an entry of a list
//! with form and place in full: slower, and the same result.
//!
//! Every port also has the name by which snapshots know it ([`SavedPort`]); ports with equal names
//! are equal and the other way round, so that packets can be named and found again.
//!
//! What this module does *not* know: what is in a row, and what a packet is worth.

use crate::packets::{Graded, Packets, Port, PortKind, SavedPackets, SavedPort};
use std::collections::BTreeMap;

/// Bits of the number of a form.
pub(crate) const FORM_BITS: u32 = 12;
/// Number that stands for the ports of the list.
pub(crate) const LISTED: usize = (1 << FORM_BITS) - 1;
/// Sparse rows begin at multiples of two to this power of synapses, which is the unit of their
/// place.
pub(crate) const SPARSE_SHIFT: u32 = 2;

/// What rows have in common but for their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RowForm {
    /// Synapses one after another; the place is the first of them.
    Sparse {
        /// Base added to the targets.
        base: u8,
        /// Number of synapses.
        len: u16,
        /// Index of the cost.
        cost: u16,
    },
    /// A contribution for each target; the place is the first block.
    Dense {
        /// First block of targets.
        first: u16,
        /// Number of blocks.
        blocks: u16,
        /// Index of the cost.
        cost: u16,
    },
    /// A learning axon; the place is its index.
    Learning,
    /// A reward axon; the place is its index.
    Reward,
}

/// Where a port leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lead {
    /// Form of the row or axon there.
    pub form: RowForm,
    /// Where: the first synapse or block of a row, an index of the learning engine.
    pub place: u32,
}

impl Lead {
    /// Unit of the place in a port, as a power of two.
    fn shift(&self) -> u32 {
        match self.form {
            RowForm::Sparse { .. } => SPARSE_SHIFT,
            RowForm::Dense { .. } | RowForm::Learning | RowForm::Reward => 0,
        }
    }

    /// Whether a port can say the place. Two empty rows may lie at one place and have two names, so
    /// that no place is theirs.
    fn is_short(&self) -> bool {
        let at = self.place >> self.shift();
        let empty = matches!(self.form, RowForm::Sparse { len: 0, .. });
        !empty && at << self.shift() == self.place && at >> (32 - FORM_BITS) == 0
    }

    /// Kind of synapses there.
    #[inline]
    pub(crate) fn kind(self) -> PortKind {
        match self.form {
            RowForm::Sparse { .. } | RowForm::Dense { .. } => PortKind::Fixed,
            RowForm::Learning => PortKind::Learning(self.place as usize),
            RowForm::Reward => PortKind::Reward(self.place as usize),
        }
    }
}

/// Ports of a core, their forms and their names.
#[derive(Debug)]
pub(crate) struct PortTable {
    /// Forms by number.
    forms: Vec<RowForm>,
    /// Ports that have no form of their own, and the place in full.
    listed: Vec<Lead>,
    /// Port and name of each atom of each axon.
    ports: Vec<(Port, SavedPort)>,
}

impl PortTable {
    /// Ports of leads, each with its name; at most so many forms are numbered. Names tell leads
    /// apart: equal names are of equal leads.
    pub(crate) fn new(leads: &[(Lead, SavedPort)], forms_max: usize) -> PortTable {
        let mut table = PortTable {
            forms: vec![],
            listed: vec![],
            ports: vec![],
        };
        let forms_max = forms_max.min(LISTED);
        let mut numbers: BTreeMap<RowForm, usize> = BTreeMap::new();
        let mut listed: BTreeMap<SavedPort, Port> = BTreeMap::new();
        let mut last = None;
        for (lead, name) in leads {
            // mostly it is the form of the row before
            let number = match last {
                Some((form, number)) if form == lead.form => Some(number),
                _ => table.number(&mut numbers, lead.form, forms_max),
            };
            let port = match number.filter(|_| lead.is_short()) {
                Some(number) => {
                    last = Some((lead.form, number));
                    Port::new(lead.place >> lead.shift(), number)
                }
                None => *listed.entry(*name).or_insert_with(|| {
                    table.listed.push(*lead);
                    Port::new(table.listed.len() as u32 - 1, LISTED)
                }),
            };
            table.ports.push((port, *name));
        }
        table
    }

    /// Number of a form, if it has one or can still get one.
    fn number(
        &mut self,
        numbers: &mut BTreeMap<RowForm, usize>,
        form: RowForm,
        forms_max: usize,
    ) -> Option<usize> {
        if let Some(number) = numbers.get(&form) {
            return Some(*number);
        }
        let next = self.forms.len();
        if next >= forms_max {
            return None;
        }
        numbers.insert(form, next);
        self.forms.push(form);
        Some(next)
    }

    /// Port number `index`, in the order in which leads were given.
    pub(crate) fn port(&self, index: usize) -> Port {
        self.ports[index].0
    }

    /// Number of ports.
    pub(crate) fn len(&self) -> usize {
        self.ports.len()
    }

    /// Where a port leads.
    ///
    /// # Panics
    /// If the port is not of this core.
    #[inline]
    pub(crate) fn lead(&self, port: Port) -> Lead {
        match self.forms.get(port.form()) {
            Some(&form) => {
                let lead = Lead {
                    form,
                    place: port.at() as u32,
                };
                Lead {
                    place: lead.place << lead.shift(),
                    ..lead
                }
            }
            None => self.listed[port.at()],
        }
    }

    /// Packets under the names of their ports, sorted.
    ///
    /// # Panics
    /// If a packet is not for this core.
    pub(crate) fn save(&self, packets: &Packets) -> SavedPackets {
        if packets.is_empty() {
            return SavedPackets::default();
        }
        let names: BTreeMap<Port, SavedPort> = self.ports.iter().copied().collect();
        let graded = packets.graded.iter().map(|g| (names[&g.port], g.payload));
        let mut saved = SavedPackets {
            plain: packets.plain.iter().map(|port| names[port]).collect(),
            graded: graded.collect(),
        };
        saved.plain.sort_unstable();
        saved.graded.sort_unstable();
        saved
    }

    /// Packets by the names of their ports, sorted; `None` if a name is not of this core.
    pub(crate) fn find(&self, saved: &SavedPackets) -> Option<Packets> {
        if saved.plain.is_empty() && saved.graded.is_empty() {
            return Some(Packets::default());
        }
        let swapped = self.ports.iter().map(|(port, name)| (*name, *port));
        let ports: BTreeMap<SavedPort, Port> = swapped.collect();
        let plain: Option<Vec<Port>> = saved.plain.iter().map(|n| ports.get(n).copied()).collect();
        let graded = saved.graded.iter().map(|(name, payload)| {
            let port = *ports.get(name)?;
            Some(Graded {
                port,
                payload: *payload,
            })
        });
        let mut found = Packets {
            plain: plain?,
            graded: graded.collect::<Option<_>>()?,
        };
        found.sort();
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{LISTED, Lead, PortTable, RowForm};
    use crate::packets::{Graded, Packets, SavedPort};

    /// Rows of one to five synapses, some of them empty, some beyond what twenty bits reach, and
    /// axons of the learning engine.
    fn leads() -> Vec<(Lead, SavedPort)> {
        let row = |i: u32| {
            let len = (i % 6) as u16;
            let place = i << 2 | if i.is_multiple_of(7) { 1 << 23 } else { 0 };
            let form = RowForm::Sparse {
                base: (i % 3) as u8,
                len,
                cost: (i % 4) as u16,
            };
            let name = SavedPort::fixed(place, (i % 3) as u8, len, (i % 4) as u16);
            (Lead { form, place }, name)
        };
        let learning = |place: u32| {
            let form = RowForm::Learning;
            (Lead { form, place }, SavedPort::learning(place))
        };
        let reward = |place: u32| {
            let form = RowForm::Reward;
            (Lead { form, place }, SavedPort::reward(place))
        };
        let mut leads: Vec<(Lead, SavedPort)> = (0..200).map(row).collect();
        leads.extend((0..3).map(learning));
        leads.extend((0..3).map(reward));
        leads
    }

    #[test]
    fn ports_lead_where_they_should_whether_they_are_listed_or_not() {
        let leads = leads();
        for forms_max in [0, 1, 10, LISTED] {
            let table = PortTable::new(&leads, forms_max);
            let mut listed = 0;
            for (index, (lead, _)) in leads.iter().enumerate() {
                let port = table.port(index);
                assert_eq!(table.lead(port), *lead, "{forms_max} forms");
                listed += usize::from(port.form() == LISTED);
            }
            assert!(table.forms.len() <= forms_max);
            let far_or_empty = leads.iter().filter(|(lead, _)| {
                lead.place >= 1 << 22 || matches!(lead.form, RowForm::Sparse { len: 0, .. })
            });
            let expected = match forms_max {
                0 => leads.len(),
                LISTED => far_or_empty.count(),
                _ => listed.max(far_or_empty.count()),
            };
            assert_eq!(listed, expected, "{forms_max} forms");
        }
    }

    #[test]
    fn packets_are_found_by_their_names_whether_they_are_listed_or_not() {
        let leads = leads();
        let mut names: Vec<SavedPort> = leads.iter().map(|(_, name)| *name).collect();
        for forms_max in [0, 5, LISTED] {
            let table = PortTable::new(&leads, forms_max);
            let plain: Vec<_> = (0..leads.len()).map(|i| table.port(i)).collect();
            let graded = plain.iter().zip(-50..);
            let graded = graded.map(|(&port, payload)| Graded { port, payload });
            let mut packets = Packets {
                graded: graded.collect(),
                plain,
            };
            packets.sort();
            let saved = table.save(&packets);
            names.sort_unstable();
            assert_eq!(saved.plain, names);
            assert_eq!(table.find(&saved), Some(packets));
            let mut strange = saved.clone();
            strange.plain[3] = SavedPort::learning(99);
            assert_eq!(table.find(&strange), None);
            let mut strange = saved;
            strange.graded[3].0 = SavedPort::reward(99);
            assert_eq!(table.find(&strange), None);
        }
    }
}
