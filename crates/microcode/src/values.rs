//! Values of the parameters of a group of neurons.

use crate::{Program, Scope, WORD_MAX, WORD_MIN};
use serde::{Deserialize, Serialize};

/// Values of one parameter for a group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ParameterValues {
    /// One value for all; what shared parameters have, and what parameters of neurons may have.
    One(i32),
    /// A value for each neuron, in their order; only for parameters of neurons.
    Each(Vec<i32>),
}

impl ParameterValues {
    /// The value of a neuron.
    ///
    /// # Panics
    /// If the neuron does not exist.
    pub fn of(&self, neuron: usize) -> i32 {
        match self {
            ParameterValues::One(value) => *value,
            ParameterValues::Each(values) => values[neuron],
        }
    }

    /// All values.
    pub fn all(&self) -> &[i32] {
        match self {
            ParameterValues::One(value) => std::slice::from_ref(value),
            ParameterValues::Each(values) => values,
        }
    }
}

/// What is wrong with the values of parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterFault {
    /// Another number of parameters.
    #[error("the program has {wanted} parameters, values are given for {given}")]
    Count {
        /// Parameters of the program.
        wanted: usize,
        /// Values given.
        given: usize,
    },
    /// Neither a value nor a default.
    #[error("parameter '{0}' has no value and no default")]
    Missing(String),
    /// A name that the program does not have.
    #[error("the program has no parameter '{0}'")]
    Unknown(String),
    /// A list for what all neurons share.
    #[error("parameter '{0}' is shared: one value, not a list")]
    Shared(String),
    /// A list of another length.
    #[error("parameter '{name}' has {given} values for {neurons} neurons")]
    Length {
        /// Parameter.
        name: String,
        /// Neurons of the group.
        neurons: usize,
        /// Values given.
        given: usize,
    },
    /// Not a word.
    #[error("parameter '{name}': {value} is outside {WORD_MIN}..={WORD_MAX}")]
    Range {
        /// Parameter.
        name: String,
        /// The first such value.
        value: i32,
    },
}

impl Program {
    /// Everything that is wrong with `values` (one element for each parameter) of `neurons`
    /// neurons.
    pub fn check_values(&self, values: &[ParameterValues], neurons: usize) -> Vec<ParameterFault> {
        if values.len() != self.parameters.len() {
            return vec![ParameterFault::Count {
                wanted: self.parameters.len(),
                given: values.len(),
            }];
        }
        let mut found = vec![];
        for (parameter, values) in self.parameters.iter().zip(values) {
            let name = || parameter.name.clone();
            if let ParameterValues::Each(each) = values {
                if parameter.scope == Scope::Shared {
                    found.push(ParameterFault::Shared(name()));
                } else if each.len() != neurons {
                    found.push(ParameterFault::Length {
                        name: name(),
                        neurons,
                        given: each.len(),
                    });
                }
            }
            if let Some(&value) = values
                .all()
                .iter()
                .find(|v| !(WORD_MIN..=WORD_MAX).contains(*v))
            {
                found.push(ParameterFault::Range {
                    name: name(),
                    value,
                });
            }
        }
        found
    }

    /// Values in the order of the parameters, from names and values; absent ones take the default.
    ///
    /// # Errors
    /// Everything that is wrong with them, as [`Program::check_values`] has it, and unknown names.
    pub fn values_of(
        &self,
        given: &[(String, ParameterValues)],
        neurons: usize,
    ) -> Result<Vec<ParameterValues>, Vec<ParameterFault>> {
        let mut found: Vec<ParameterFault> = given
            .iter()
            .filter(|(n, _)| self.parameter(n).is_none())
            .map(|(n, _)| ParameterFault::Unknown(n.clone()))
            .collect();
        let mut values = vec![];
        for parameter in &self.parameters {
            // the last of several wins, as in a file that is read top down
            let own = given
                .iter()
                .rev()
                .find(|(name, _)| *name == parameter.name)
                .map(|(_, v)| v.clone());
            match own.or(parameter.default.map(ParameterValues::One)) {
                Some(value) => values.push(value),
                None => found.push(ParameterFault::Missing(parameter.name.clone())),
            }
        }
        if values.len() == self.parameters.len() {
            found.extend(self.check_values(&values, neurons));
        }
        if found.is_empty() {
            Ok(values)
        } else {
            Err(found)
        }
    }
}
