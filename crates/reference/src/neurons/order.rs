//! In which order nodes are evaluated, and which edges take a step.

/// Strongly connected components (Tarjan 1972, without recursion): a number for each node; nodes
/// on a common cycle have the same number, and a component comes after all it leads to.
pub fn components(targets: &[Vec<usize>]) -> Vec<usize> {
    let count = targets.len();
    let mut index = vec![usize::MAX; count];
    let mut low = vec![0; count];
    let mut component = vec![usize::MAX; count];
    let mut stack = vec![];
    let mut next = 0;
    let mut components = 0;
    for root in 0..count {
        let mut path: Vec<(usize, usize)> = if index[root] == usize::MAX {
            vec![(root, 0)]
        } else {
            vec![]
        };
        while let Some((node, edge)) = path.pop() {
            if edge == 0 {
                index[node] = next;
                low[node] = next;
                next += 1;
                stack.push(node);
            }
            if let Some(&target) = targets[node].get(edge) {
                path.push((node, edge + 1));
                if index[target] == usize::MAX {
                    path.push((target, 0));
                } else if component[target] == usize::MAX {
                    low[node] = low[node].min(index[target]);
                }
                continue;
            }
            if low[node] == index[node] {
                while let Some(member) = stack.pop() {
                    component[member] = components;
                    if member == node {
                        break;
                    }
                }
                components += 1;
            }
            if let Some(&(parent, _)) = path.last() {
                low[parent] = low[parent].min(low[node]);
            }
        }
    }
    component
}

/// Nodes such that every one comes after its sources, smallest index first among the free ones.
///
/// # Errors
/// The nodes that lie on a cycle or after one.
pub fn topological(sources: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut waiting: Vec<usize> = sources.iter().map(Vec::len).collect();
    let mut targets = vec![vec![]; sources.len()];
    for (node, from) in sources.iter().enumerate() {
        from.iter().for_each(|&s| targets[s].push(node));
    }
    let mut free: std::collections::BTreeSet<usize> =
        (0..sources.len()).filter(|&n| waiting[n] == 0).collect();
    let mut order = vec![];
    while let Some(node) = free.pop_first() {
        order.push(node);
        for &target in &targets[node] {
            waiting[target] -= 1;
            if waiting[target] == 0 {
                free.insert(target);
            }
        }
    }
    let left: Vec<usize> = (0..sources.len()).filter(|n| waiting[*n] > 0).collect();
    if left.is_empty() {
        Ok(order)
    } else {
        Err(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_are_found() {
        // 0 -> 1 -> 2 -> 1, 2 -> 3, 3 -> 3
        let component = components(&[vec![1], vec![2], vec![1, 3], vec![3]]);
        assert_eq!(component[1], component[2]);
        assert_eq!(
            component
                .iter()
                .collect::<std::collections::BTreeSet<_>>()
                .len(),
            3
        );
        assert!(component[3] < component[1] && component[1] < component[0]);
    }

    #[test]
    fn order_follows_edges_or_names_the_cycle() {
        assert_eq!(topological(&[vec![2], vec![0], vec![]]), Ok(vec![2, 0, 1]));
        assert_eq!(topological(&[vec![1], vec![0], vec![]]), Err(vec![0, 1]));
    }
}
