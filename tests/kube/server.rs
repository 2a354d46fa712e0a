//! The fake API server does what every API server does.

use crate::fake::FakeCluster;
use crate::scenarios as scenario;

#[tokio::test]
async fn pages_show_one_moment() {
    scenario::pages_show_one_moment(&FakeCluster::bare()).await;
}

#[tokio::test]
async fn revisions_grow() {
    scenario::revisions_grow(&FakeCluster::bare()).await;
}

#[tokio::test]
async fn an_old_revision_is_gone() {
    scenario::an_old_revision_is_gone(&FakeCluster::bare()).await;
}

#[tokio::test]
async fn a_revision_to_come_is_not_served() {
    scenario::a_revision_to_come_is_not_served(&FakeCluster::bare()).await;
}

#[tokio::test]
async fn wrong_parameters_are_refused() {
    scenario::wrong_parameters_are_refused(&FakeCluster::bare()).await;
}

#[tokio::test]
async fn a_streamed_list_is_marked() {
    scenario::a_streamed_list_is_marked(&FakeCluster::bare()).await;
}

#[tokio::test]
async fn selectors_choose() {
    scenario::selectors_choose(&FakeCluster::bare()).await;
}

#[tokio::test]
async fn a_kind_comes_and_goes() {
    scenario::a_kind_comes_and_goes(&FakeCluster::bare()).await;
}

#[tokio::test]
async fn metadata_comes_alone() {
    scenario::metadata_comes_alone(&FakeCluster::bare()).await;
}

#[tokio::test]
async fn the_watcher_follows_in_pages() {
    scenario::the_watcher_follows(&FakeCluster::bare(), scenario::paged()).await;
}

#[tokio::test]
async fn the_watcher_follows_a_stream() {
    scenario::the_watcher_follows(&FakeCluster::bare(), scenario::streamed()).await;
}
