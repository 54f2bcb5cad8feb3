package attack

// Project is the projection of FAB.
var Project = project[float64]
