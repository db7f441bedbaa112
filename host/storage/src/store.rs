//! The port [`Store`], implemented.

use async_trait::async_trait;
use porter_cnab::records::{CredentialSet, Installation, Output, ParameterSet, Run, RunResult};
use porter_cnab::store::{
    BeginRun, FinishRun, History, LostRun, RecordFilter, RunWithResults, SetUse, Store, StoreError,
};

use crate::open::SqliteStore;

#[async_trait]
impl Store for SqliteStore {
    async fn installation(&self, namespace: &str, name: &str) -> Result<Installation, StoreError> {
        self.get_installation(namespace, name).await
    }

    async fn installations(&self, filter: &RecordFilter) -> Result<Vec<Installation>, StoreError> {
        self.list_installations(filter).await
    }

    async fn put_installation(&self, installation: &Installation) -> Result<(), StoreError> {
        self.store_installation(installation).await
    }

    async fn delete_installation(&self, namespace: &str, name: &str) -> Result<(), StoreError> {
        self.remove_installation(namespace, name).await
    }

    async fn begin_run(&self, begin: &BeginRun) -> Result<Option<LostRun>, StoreError> {
        self.begin(begin).await
    }

    async fn heartbeat(&self, run_id: &str) -> Result<(), StoreError> {
        self.sign_of_life(run_id).await
    }

    async fn finish_run(&self, finish: &FinishRun) -> Result<Installation, StoreError> {
        self.finish(finish).await
    }

    async fn import(&self, history: &History) -> Result<(), StoreError> {
        self.import_history(history).await
    }

    async fn reconcile_lost_runs(&self) -> Result<Vec<LostRun>, StoreError> {
        self.close_lost_runs().await
    }

    async fn run(&self, run_id: &str) -> Result<Run, StoreError> {
        let mut connection = self.connection.lock().await;
        self.read_run(&mut connection, run_id).await
    }

    async fn runs(&self, namespace: &str, name: &str) -> Result<Vec<RunWithResults>, StoreError> {
        self.read_runs(namespace, name).await
    }

    async fn last_run(&self, namespace: &str, name: &str) -> Result<Run, StoreError> {
        let mut connection = self.connection.lock().await;
        self.read_last_run(&mut connection, namespace, name).await
    }

    async fn results(&self, run_id: &str) -> Result<Vec<RunResult>, StoreError> {
        self.read_results(run_id).await
    }

    async fn last_output(
        &self,
        namespace: &str,
        name: &str,
        output: &str,
    ) -> Result<Output, StoreError> {
        self.read_last_output(namespace, name, output).await
    }

    async fn last_outputs(&self, namespace: &str, name: &str) -> Result<Vec<Output>, StoreError> {
        self.read_last_outputs(namespace, name).await
    }

    async fn outputs_of_run(&self, run_id: &str) -> Result<Vec<Output>, StoreError> {
        self.read_outputs_of_run(run_id).await
    }

    async fn output_of_run(&self, run_id: &str, output: &str) -> Result<Output, StoreError> {
        self.read_output_of_run(run_id, output).await
    }

    async fn credential_set(
        &self,
        namespace: &str,
        name: &str,
    ) -> Result<CredentialSet, StoreError> {
        self.read_set(namespace, name).await
    }

    async fn put_credential_set(&self, set: &CredentialSet) -> Result<(), StoreError> {
        self.write_set(set).await
    }

    async fn credential_sets(
        &self,
        filter: &RecordFilter,
    ) -> Result<Vec<CredentialSet>, StoreError> {
        self.list_sets(filter).await
    }

    async fn delete_credential_set(
        &self,
        namespace: &str,
        name: &str,
        use_is: SetUse,
    ) -> Result<(), StoreError> {
        self.delete_set::<CredentialSet>(namespace, name, use_is)
            .await
    }

    async fn parameter_set(&self, namespace: &str, name: &str) -> Result<ParameterSet, StoreError> {
        self.read_set(namespace, name).await
    }

    async fn put_parameter_set(&self, set: &ParameterSet) -> Result<(), StoreError> {
        self.write_set(set).await
    }

    async fn parameter_sets(&self, filter: &RecordFilter) -> Result<Vec<ParameterSet>, StoreError> {
        self.list_sets(filter).await
    }

    async fn delete_parameter_set(
        &self,
        namespace: &str,
        name: &str,
        use_is: SetUse,
    ) -> Result<(), StoreError> {
        self.delete_set::<ParameterSet>(namespace, name, use_is)
            .await
    }
}
