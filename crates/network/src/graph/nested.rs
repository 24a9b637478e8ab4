//! Nested graphs made flat.

use super::{Graph, Node};
use std::collections::{BTreeMap, BTreeSet};

impl Graph {
    /// This graph with the nodes of nested graphs in it, named `outer/inner`. Inputs and Outputs
    /// of nested graphs are gone; what they joined is joined by edges. An edge that is there twice
    /// afterwards counts twice: its data are added twice.
    ///
    /// The graph must have passed [`Graph::check`].
    pub fn flattened(&self) -> Graph {
        let (mut graph, ports) = self.expanded();
        if ports.is_empty() {
            return graph;
        }
        let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut targets: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut kept = vec![];
        for (source, target) in std::mem::take(&mut graph.edges) {
            if ports.contains(&source) || ports.contains(&target) {
                sources
                    .entry(target.clone())
                    .or_default()
                    .push(source.clone());
                targets.entry(source).or_default().push(target);
            } else {
                kept.push((source, target));
            }
        }
        for port in &ports {
            graph.nodes.remove(port);
            graph.node_metadata.remove(port);
            let from: Vec<String> = sources
                .remove(port)
                .unwrap_or_default()
                .into_iter()
                .filter(|name| name != port)
                .collect();
            let to: Vec<String> = targets
                .remove(port)
                .unwrap_or_default()
                .into_iter()
                .filter(|name| name != port)
                .collect();
            from.iter()
                .for_each(|name| reconnect(&mut targets, name, port, &to));
            to.iter()
                .for_each(|name| reconnect(&mut sources, name, port, &from));
        }
        let joined = targets.iter().flat_map(|(source, list)| {
            list.iter()
                .map(move |target| (source.clone(), target.clone()))
        });
        kept.extend(joined);
        graph.edges = kept;
        graph
    }

    /// This graph with the nodes of nested graphs in it (named `outer/inner`), their Inputs and
    /// Outputs among them, and the names of those. The graph need not have passed
    /// [`Graph::check`]: edges may name nodes that are not there.
    pub fn expanded(&self) -> (Graph, BTreeSet<String>) {
        let mut out = Graph {
            version: self.version.clone(),
            metadata: self.metadata.clone(),
            ..Graph::default()
        };
        let mut ports = BTreeSet::new();
        self.expand_into("", &mut out, &mut ports);
        (out, ports)
    }

    fn expand_into(&self, prefix: &str, out: &mut Graph, ports: &mut BTreeSet<String>) {
        let full = |name: &str| format!("{prefix}{name}");
        for (name, node) in &self.nodes {
            if let Node::Graph(inner) = node {
                inner.expand_into(&format!("{prefix}{name}/"), out, ports);
                continue;
            }
            if !prefix.is_empty() && matches!(node, Node::Input(_) | Node::Output(_)) {
                ports.insert(full(name));
            }
            out.nodes.insert(full(name), node.clone());
        }
        for (name, notes) in &self.node_metadata {
            out.node_metadata.insert(full(name), notes.clone());
        }
        for (source, target) in &self.edges {
            let from = self.end(source, |node| matches!(node, Node::Output(_)));
            let to = self.end(target, |node| matches!(node, Node::Input(_)));
            out.edges.push((full(&from), full(&to)));
        }
    }

    /// The node that the end of an edge means: itself, or the Input or Output of a nested graph.
    fn end(&self, name: &str, is_port: fn(&Node) -> bool) -> String {
        let Some(Node::Graph(inner)) = self.nodes.get(name) else {
            return name.into();
        };
        match inner.nodes.iter().find(|(_, node)| is_port(node)) {
            Some((port, _)) => format!("{name}/{port}"),
            None => name.into(),
        }
    }
}

/// In the list of `name`, puts `instead` where `port` was.
fn reconnect(
    lists: &mut BTreeMap<String, Vec<String>>,
    name: &str,
    port: &str,
    instead: &[String],
) {
    if let Some(list) = lists.get_mut(name)
        && let Some(index) = list.iter().position(|other| other == port)
    {
        list.splice(index..=index, instead.iter().cloned());
    }
}
