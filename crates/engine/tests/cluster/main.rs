//! Hosts in one process, with disks that fail and connections that break.
mod announced;
mod connection_cuts;
mod cut;
mod disk_faults;
mod lab;
mod model;
mod mortal;
mod operands;
mod scene;
mod unreadable;
